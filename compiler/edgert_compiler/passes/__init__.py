"""Rewriting of the ONNX graph: canonical forms first, then fusions.

`canonicalize` is the last step of the import, `optimize` comes after the import of Q/DQ nodes.

What lowering can rely on after `optimize`, besides what the importer guarantees:

Products
    Every Conv and ConvTranspose with constant weights, and every MatMul and Gemm with a constant
    operand, is a node of domain ``edgert`` (fused.py). There is no ``Gemm``; ``MatMul`` is left
    between two computed operands, or where the constant has a batch.
    ``BatchNormalization`` in inference mode is ``Mul`` and ``Add`` unless a product absorbed it.
    ``Conv`` is left where its weights are computed, without padding and bias; there is no
    ``ConvTranspose`` and no ``Einsum``.
Windows
    Conv, ConvTranspose and pools have ``kernel_shape``, ``strides``, ``dilations`` and ``pads``,
    never ``auto_pad``; ConvTranspose has ``output_padding``, never ``output_shape``. The output's
    shape is the authority where ``ceil_mode`` is set. Pools have two spatial dimensions at most;
    Conv and ConvTranspose with constant weights have three at most, then without groups.
Inputs instead of attributes
    Bounds of Clip; axes of reductions (always present, constant, not negative); starts, ends, axes
    and steps of Slice; pads of Pad (for all axes, no ``axes`` input) and its value; sizes of Split
    (always present); k of TopK.
Data movement
    Reshape with a constant, fully known shape stands for Flatten, Squeeze and Unsqueeze as well.
    Upsample is Resize; Resize has inputs X, roi, scales, sizes.
Normalizing operators
    Softmax, LogSoftmax, Hardmax have an explicit ``axis``, not negative, and the semantics of
    opset 13.
Types
    Arithmetic is on float32, int32, int64 and bool: narrower integers and floats are widened by
    Cast around the operator, and float64 becomes float32 but in arithmetic, comparisons and
    rounding. Data movement takes every type. Between operators, float32 is not narrowed.
Quantized operators
    QLinearConv and its like are the operator between DequantizeLinear and QuantizeLinear; so are
    MatMulInteger and ConvInteger where their result is scaled. After `optimize`, Q/DQ nodes are
    between bytes and float32, with constants of the whole tensor; others are arithmetic.
Decomposed
    Operators with a body in the standard and no lowering (Attention, CastLike, losses, ...) are
    that body. RNN, GRU and LSTM are unrolled where the backend does not compute them whole;
    GatherElements and GatherND are Gather; OneHot, Hardmax, LpNormalization, LpPool are simpler
    operators.
    DeformConv is GridSample and MatMul, AffineGrid a MatMul. RoiAlign says its coordinates.
    DFT has the form of opset 20.
    Convolutions, products, Gelu and normalizations that onnxruntime fuses are standard operators.
Predictors on tables (ai.onnx.ml)
    TreeEnsembleRegressor and TreeEnsemble are sums, minima or maxima over trees of float32 or
    float64 features: no average, base values, transform. LinearRegressor is a product in float at
    every precision. Classifiers, machines of support vectors and encoders are these and standard
    operators.
Sizes that depend on data
    A value of such a size has the largest as its shape, and a bound (bounds.py). NonZero, Compress,
    Unique and NonMaxSuppression are operators of domain ``edgert`` (ops/bounded) and
    Gather. Scatter and TensorScatter are ScatterElements and ScatterND, so are MaxUnpool and
    Col2Im; MaxPool with positions, ReverseSequence and Slice from a computed place are Gather.
Control flow
    If, Loop and Scan are the operators of dataflow.py, with their bodies among the other nodes;
    what is left with a body is refused.
Sequences and optional values
    What is read from a sequence of known length, or from a value known to be there or not, is read
    directly (sequences.py); a sequence that is left is a graph output, or has computed positions,
    and is refused.
Elementwise
    Max, Min and Add are binary; Sum and Mean of several operands are chains of them. Identity,
    inference-mode Dropout and Cast to the same type are gone, except an Identity that gives a graph
    output its name: of a graph input, a constant, another graph output, or where the import of
    Q/DQ nodes put it.
    x * sigmoid(x) is ``Swish`` and its other spellings are gone, HardSwish, (erf) Gelu,
    LayerNormalization and GroupNormalization likewise.

Names
-----
A value that survives keeps its name: the output of a fused node has the name of the last operator's
output. A constant that is only rearranged (transposed) keeps its name, one whose numbers change
gets a new one. Node names join those of the nodes they stand for with "+".
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.schemas import form_problem, form_since
from edgert_compiler.graph.subgraphs import bodies
from edgert_compiler.passes.base import Pass, Stage
from edgert_compiler.passes.bounds import BOUND
from edgert_compiler.passes.checker import Invariants
from edgert_compiler.passes.cleanup import remove_dead_code, share_common_subexpressions
from edgert_compiler.passes.control_flow import embed_control_flow
from edgert_compiler.passes.driver import nothing, run_stage
from edgert_compiler.passes.propagate import fold_constants, propagate

CANONICAL_OPSET = 24


def _stage(stage: Stage, left_out: frozenset[str] = frozenset()) -> Pass:
    return Pass(stage.name.lower(), functools.partial(run_stage, stage=stage, left_out=left_out))


_FOLD = Pass("fold_constants", fold_constants)
_DEAD = Pass("remove_dead_code", remove_dead_code)
_SHARE = Pass("share_common_subexpressions", share_common_subexpressions)


def passes(left_out: frozenset[str] = frozenset()) -> tuple[Pass, ...]:
    """The passes of `optimize`, in order, without the rewrite rules of these names."""
    return (
        _FOLD,
        _DEAD,
        _SHARE,
        _stage(Stage.SIMPLIFY, left_out),
        _FOLD,
        _stage(Stage.ABSORB, left_out),
        _stage(Stage.FUSE, left_out),
        _SHARE,
        _DEAD,
    )


def canonicalize(model: ir.Model, keeps: Callable[[ir.Node], bool] = nothing) -> None:
    """Infers shapes, folds constants and brings every operator into canonical form, in place.

    The three depend on each other, so they alternate until nothing changes. Each node must carry
    the opset version it was written for; afterwards that is the graph's. keeps: whether a node is
    not to be decomposed.
    """
    graph = model.graph
    graph.opset_imports[""] = max(graph.opset_imports.get("", 0), CANONICAL_OPSET)
    propagate(graph)
    while (
        run_stage(model, Stage.CANONICALIZE)
        or run_stage(model, Stage.DECOMPOSE, keeps=keeps)
        or _embed_control_flow(graph)
        or _share_counts(model)
    ):
        propagate(graph)
    for node in graph:
        version = graph.opset_imports.get(node.domain)
        if version is not None and _has_form(node, version):
            node.version = version


def _has_form(node: ir.Node, opset: int) -> bool:
    """Whether the node can be read as one of this opset; what cannot is refused in its own form."""
    if any(bodies(node)):
        return False
    known = form_since(node, opset)
    if known is None or form_since(node, node.version or opset) == known:
        return True
    return form_problem(ir.serde.serialize_node(node), opset) is None


def decompose(model: ir.Model) -> None:
    """Takes apart what the backend of an optimized model computes whole, in place."""
    if run_stage(model, Stage.DECOMPOSE):
        canonicalize(model)
        optimize(model)


def _embed_control_flow(graph: ir.Graph) -> bool:
    """As `embed_control_flow`; a body that cannot work with these shapes is an error of its own."""
    if not embed_control_flow(graph):
        return False
    try:
        propagate(graph)
    except CompileError as error:
        raise CompileError(
            f"{error}. This is in a branch or loop of which only a run knows whether it is needed; "
            "if it is known before, give what it depends on by --constant"
        ) from error
    return True


def _share_counts(model: ir.Model) -> bool:
    """Lets sizes that depend on data in the same way be one value, as operands' sizes must be."""
    bounded = any(op_id(node) == BOUND for node in model.graph)
    return bounded and share_common_subexpressions(model)


def optimize(model: ir.Model, left_out: frozenset[str] = frozenset()) -> ir.Model:
    """Runs `passes(left_out)` on an imported model, in place, and returns it.

    The checker runs after each pass; it raises InvariantError that names the pass.
    """
    model.graph.opset_imports[DOMAIN] = 1
    invariants = Invariants.of(model)
    for step in passes(left_out):
        changed = step.run(model)
        if changed:
            invariants.check(model, step.name)
    return model
