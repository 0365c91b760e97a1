"""Arithmetic on element types that the core does not compute in."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant, new_node
from edgert_compiler.passes.base import Rewrite, Rule, Stage

_WIDER = {
    ir.DataType.FLOAT16: ir.DataType.FLOAT,
    ir.DataType.BFLOAT16: ir.DataType.FLOAT,
    ir.DataType.DOUBLE: ir.DataType.FLOAT,
    ir.DataType.INT8: ir.DataType.INT32,
    ir.DataType.UINT8: ir.DataType.INT32,
    ir.DataType.INT16: ir.DataType.INT32,
    ir.DataType.UINT16: ir.DataType.INT32,
    ir.DataType.UINT32: ir.DataType.INT64,
}
_SIGNLESS = {ir.DataType.UINT64: ir.DataType.INT64}
_FLOATS = frozenset({ir.DataType.FLOAT16, ir.DataType.BFLOAT16, ir.DataType.DOUBLE})
_DOUBLE = frozenset(
    {"Abs", "Add", "Ceil", "Clip", "Div", "Equal", "Floor", "Greater", "GreaterOrEqual", "IsInf"}
    | {"IsNaN", "Less", "LessOrEqual", "Max", "Min", "Mod", "Mul", "Neg", "Reciprocal", "Relu"}
    | {"Round", "Sign", "Sqrt", "Sub", "Where"}
)
_POSITIONS = frozenset({"ArgMax", "ArgMin"})  # of floats; float32 has every number of 16 bits
_OF_TRUTH_VALUES = frozenset({"ReduceMax", "ReduceMin"})

# Compared as signed numbers once the sign bit is flipped.
_ORDERED = frozenset({"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Min"})

# Where the bits of sums and products do not depend on how the sign bit is read.
_MODULAR = frozenset({"Add", "Sub", "Mul", "Equal", "BitwiseAnd", "BitwiseOr", "BitwiseXor"}) | {
    "BitwiseNot",
    "Where",
}
_INTEGER = _MODULAR | frozenset(
    {"Abs", "Clip", "Div", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Min", "Mod"}
    | {"Neg", "Pow", "Relu", "Sign", "Sum"}
    | {"ReduceL1", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"}
    | {"ArgMax", "ArgMin", "CumSum", "CumProd"}
)
_FLOAT = _INTEGER | frozenset(
    {"Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu"}
    | {"Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu"}
    | {"Log", "Mean", "Mish", "PRelu", "Reciprocal", "Round", "Selu", "Shrink", "Sigmoid", "Sin"}
    | {"Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu"}
    | {"ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean", "Softmax", "LogSoftmax"}
    | {"Hardmax", "MatMul", "Gemm", "Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool"}
    | {"MaxPool", "GlobalMaxPool", "BatchNormalization", "InstanceNormalization", "LRN"}
    | {"LayerNormalization", "GroupNormalization", "RMSNormalization", "LpNormalization"}
    | {"Resize", "Einsum", "GridSample", "RoiAlign", "DeformConv", "AffineGrid", "DFT", "STFT"}
    | {"Det", "GlobalLpPool", "RNN", "GRU", "LSTM"}
)


class Widen(Rule):
    """Operators compute other types in one that the core has, for most the next wider one.

    Add(a: uint8, b: uint8)   =>   Cast{uint8}(Add(Cast{int32}(a), Cast{int32}(b)))

    float16 and bfloat16 become float32, integers of 8 and 16 bits int32 (float32 where positions
    are looked for), uint32 int64. uint64 becomes int64 where only the bits count, and with the sign
    bit flipped where numbers are compared. ReduceMax and ReduceMin of truth values are those of
    int32. Data movement takes every type as it is.

    float64 stays float64 in arithmetic, comparisons and rounding; all else is computed in float32,
    which the import notes as it loses precision and range.
    """

    stage = Stage.CANONICALIZE
    ops = _FLOAT

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Where an input has such a type and everything is known about the outputs."""
        casts = {}
        for value in node.inputs:
            wider = None if value is None else _wider(node.op_type, value.dtype)
            if value is not None and wider is not None:
                casts[value] = wider
        if not casts or any(value.dtype is None for value in node.outputs if value.name):
            return None
        inputs = [
            _widened(node, value, casts[value]) if value is not None and value in casts else value
            for value in node.inputs
        ]
        attributes = dict(node.attributes)
        wide = new_node(node.op_type, inputs, attributes, outputs=len(node.outputs))
        wanted = [_wider(node.op_type, value.dtype) is not None for value in node.outputs]
        return Rewrite(
            tuple(
                _narrowed(node, new, old.dtype) if narrow and old.dtype is not None else new
                for new, old, narrow in zip(wide.outputs, node.outputs, wanted)
            )
        )


def _wider(op: str, dtype: ir.DataType | None) -> ir.DataType | None:
    if dtype is None:
        return None
    if dtype in _SIGNLESS:
        return _SIGNLESS[dtype] if op in _MODULAR | _ORDERED else None
    if dtype == ir.DataType.DOUBLE and op in _DOUBLE:
        return None
    if dtype == ir.DataType.BOOL and op in _OF_TRUTH_VALUES:
        return ir.DataType.INT32
    if op not in _INTEGER and dtype not in _FLOATS:
        return None
    if op in _POSITIONS and _WIDER.get(dtype) == ir.DataType.INT32:
        return ir.DataType.FLOAT
    return _WIDER.get(dtype)


def _widened(node: ir.Node, value: ir.Value, wider: ir.DataType) -> ir.Value:
    flips = value.dtype in _SIGNLESS and node.op_type in _ORDERED
    return _flipped(node, _cast(value, wider)) if flips else _cast(value, wider)


def _narrowed(node: ir.Node, value: ir.Value, dtype: ir.DataType) -> ir.Value:
    flips = dtype in _SIGNLESS and node.op_type in _ORDERED
    return _cast(_flipped(node, value) if flips else value, dtype)


def _flipped(node: ir.Node, value: ir.Value) -> ir.Value:
    sign = new_constant(np.array(np.iinfo(np.int64).min), f"{node.name}_sign")
    return emit("BitwiseXor", [value, sign])


def _cast(value: ir.Value, dtype: ir.DataType) -> ir.Value:
    return new_node("Cast", [value], {"to": int(dtype)}).outputs[0]
