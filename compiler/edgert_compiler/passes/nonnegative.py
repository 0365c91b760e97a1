"""Whether a value can be negative, from the operators that compute it."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import scalar
from edgert_compiler.graph.nodes import optional

_ALWAYS = frozenset({"Relu", "Sigmoid", "HardSigmoid", "Softmax", "Exp", "Abs", "Sqrt"})
_KEEPS = frozenset(
    {"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Reshape", "Transpose"}
    | {"Slice", "Concat", "Dropout", "Identity"}
)


def is_nonnegative(value: ir.Value, depth: int = 8) -> bool:
    """True where the value is certainly never negative; looks through `depth` operators."""
    node = value.producer()
    if node is None or depth == 0:
        return False
    if node.domain == DOMAIN:
        return _activation_is_nonnegative(node)
    if node.domain or node.op_type in _ALWAYS:
        return not node.domain
    if node.op_type == "Clip":
        low = scalar(optional(node, 1))
        return low is not None and low >= 0
    if node.op_type in _KEEPS:
        data = node.inputs if node.op_type == "Concat" else node.inputs[:1]
        return all(v is not None and is_nonnegative(v, depth - 1) for v in data)
    return False


def _activation_is_nonnegative(node: ir.Node) -> bool:
    activation = node.attributes.get_string("activation", "")
    params = node.attributes.get_floats("activation_params", ())
    if activation == "clip":
        return params[0] >= 0
    return activation in ("relu", "sigmoid", "hard_sigmoid")
