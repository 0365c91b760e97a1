"""The fused operators that passes may leave in the graph, beside ONNX's own (domain ``edgert``).

===================  =======================================  ====================================
operator             inputs                                   attributes
===================  =======================================  ====================================
Conv                 X, W, B?, residual?                      those of ONNX Conv, with ``pads``
                                                              explicit (``auto_pad`` resolved),
                                                              and ACTIVATION
ConvTranspose        X, W, B?, residual?                      those of ONNX ConvTranspose, with
                                                              ``pads`` explicit, and ACTIVATION
Gemm                 A [..., K], W [K, N] constant, B? [N],   ACTIVATION
                     residual? (shape of the output)
PairwiseCoupling     X [N, classes * (classes - 1) / 2]       none; Y [N, classes]
===================  =======================================  ====================================

``Y = activation(op(X, W) + B + residual)``. ACTIVATION is two attributes:

``activation`` (string)
    "" (none), "relu", "clip", "leaky_relu", "hard_swish", "silu", "sigmoid", "tanh",
    "hard_sigmoid" or "gelu" (the exact one, with erf).
``activation_params`` (floats)
    clip: [min, max] (infinite where absent); leaky_relu: [alpha]; hard_sigmoid: [alpha, beta].

PairwiseCoupling makes probabilities of classes from those of pairs of classes, docs/kernels.md.

Weights and biases are initializers with constant values. Every Conv, ConvTranspose and every
product with a constant operand arrives at lowering in this form, fused or not, so that lowering has
one case to handle.
"""

DOMAIN = "edgert"

FUSED_CONV = f"{DOMAIN}.Conv"
FUSED_CONV_TRANSPOSE = f"{DOMAIN}.ConvTranspose"
FUSED_GEMM = f"{DOMAIN}.Gemm"
PRODUCTS = (FUSED_CONV, FUSED_CONV_TRANSPOSE, FUSED_GEMM)
