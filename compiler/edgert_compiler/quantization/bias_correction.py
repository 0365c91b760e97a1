"""Takes the mean error that weight quantization adds to each output channel out of the bias.

With int8 weights W' the output of a product is off by (W' - W) x. Its mean over the data,
(W' - W) E[x], is a constant per output channel, known from calibration, and is subtracted from the
bias (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019,
section 4.2, with the mean measured instead of derived from batch normalization). Padding is taken
for ordinary data.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.operators import registry
from edgert_compiler.quantization.calibration import Channels, channels_read
from edgert_compiler.quantization.graph import FindOp, QuantizableNode, operators
from edgert_compiler.quantization.plan import Precision, QuantizationPlan
from edgert_compiler.quantization.weights import dequantize_weights, quantize_weights


def correct_biases(
    model: ir.Model,
    plan: QuantizationPlan,
    means: Mapping[Channels, np.ndarray],
    find: FindOp = registry.find,
) -> ir.Model:
    """A copy of the model with corrected biases at its int8 convolutions and matrix products.

    means: of what products read, per channel. Products without one, without
    constant weights, or with weights that are transposed convolutions keep their bias.
    """
    copy = model.clone()
    for op in operators(copy, find):
        mean = means.get(channels_read(op)) if op.product and op.data else None
        if op.product and mean is not None and plan.precision(op.name) is Precision.INT8:
            _correct(op, plan, mean)
    return copy


def _correct(op: QuantizableNode, plan: QuantizationPlan, mean: np.ndarray) -> None:
    weights = array_of(op.weight)
    if op.weight is None or weights is None or op.node.op_type == "ConvTranspose":
        return
    params = plan.weights[op.weight.name or ""]
    error = dequantize_weights(quantize_weights(weights, params), params) - weights
    # [output channels, input channels of the group], summed over the kernel's taps.
    per_input = np.moveaxis(error, params.axis, 0)
    per_input = per_input.reshape(*per_input.shape[:2], -1).sum(-1, dtype=np.float64)
    outputs, inputs = per_input.shape
    groups = mean.size // inputs
    grouped = per_input.reshape(groups, outputs // groups, inputs)
    shift = np.einsum("goi,gi->go", grouped, mean.reshape(groups, inputs)).reshape(-1)
    _set_bias(op, shift)


def _set_bias(op: QuantizableNode, shift: np.ndarray) -> None:
    """Subtracts `shift` from the bias, which becomes an initializer of the node's own."""
    node, graph = op.node, op.node.graph
    assert isinstance(graph, ir.Graph)
    old = array_of(optional(node, 2))
    bias = -shift if old is None else old - shift.reshape(old.shape)
    tensor = ir.tensor(bias.astype(np.float32), name=f"{op.output.name}#bias")
    value = ir.Value(
        name=tensor.name,
        const_value=tensor,
        type=ir.TensorType(tensor.dtype),
        shape=ir.Shape(bias.shape),
    )
    graph.register_initializer(value)
    if len(node.inputs) < 3:
        node.resize_inputs(3)
    node.replace_input_with(2, value)
