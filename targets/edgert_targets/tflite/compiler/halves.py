"""Weights of a TFLite graph in half precision.

    CONV_2D(x, w: float32)   ──▶   CONV_2D(x, DEQUANTIZE(w: float16))

This is what TensorFlow's converter writes for float16: interpreters compute the DEQUANTIZE of a
constant once, GPU delegates take the weights as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from edgert_compiler import halves
from edgert_targets.tflite.compiler.graph import Graph, Operator, Tensor
from edgert_targets.tflite.compiler.versions import operator_version

# Inputs that weights are, as in edgert_compiler/program/halves.py.
_WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "BATCH_MATMUL": (0, 1),
    "CONV_2D": (1,),
    "DEPTHWISE_CONV_2D": (1,),
    "FULLY_CONNECTED": (0, 1),
    "GATHER": (0,),
    "TRANSPOSE_CONV": (1,),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": tuple(range(1, 9)),
}
_VERSION = 3  # of DEQUANTIZE: the first with float16


def store_halves(graph: Graph) -> tuple[Graph, list[str]]:
    """The graph with its weights in float16 where that holds them, and notes for the report."""
    others = _others(graph)
    kept: list[str] = []
    unpacked: dict[Tensor, Operator] = {}
    for operator in graph.operators:
        for tensor in filter(_is_float_constant, _weights(operator)):
            found = None if tensor in others else _unpacking(tensor, operator.node)
            if found is None:
                kept.append(operator.node)
            else:
                unpacked.setdefault(tensor, found)
    stored = sum(2 * math.prod(tensor.shape) for tensor in unpacked)
    operators = [*unpacked.values(), *(_replaced(op, unpacked) for op in graph.operators)]
    return replace(graph, operators=operators), halves.notes(stored, kept)


def _weights(operator: Operator) -> list[Tensor]:
    found = (operator.inputs[place] for place in _WEIGHTS.get(operator.code, ()))
    return [tensor for tensor in found if tensor is not None]


def _is_float_constant(tensor: Tensor) -> bool:
    return tensor.data is not None and tensor.dtype == np.float32


def _others(graph: Graph) -> set[Tensor]:
    """Operands that are no weights somewhere."""
    return {
        tensor
        for operator in graph.operators
        for place, tensor in enumerate(operator.inputs)
        if tensor is not None and place not in _WEIGHTS.get(operator.code, ())
    }


def _unpacking(tensor: Tensor, node: str) -> Operator | None:
    """What gives `tensor` from float16; None where that does not hold it."""
    assert tensor.data is not None
    data = halves.to_halves(tensor.data)
    if data is None:
        return None
    packed = replace(tensor, name=f"{tensor.name}#half", dtype=data.dtype, data=data)
    version = operator_version("DEQUANTIZE", False, _VERSION)
    return Operator("DEQUANTIZE", version, (packed,), (replace(tensor, data=None),), node=node)


def _replaced(operator: Operator, unpacked: Mapping[Tensor, Operator]) -> Operator:
    def read(tensor: Tensor | None) -> Tensor | None:
        found = None if tensor is None else unpacked.get(tensor)
        return tensor if found is None else found.outputs[0]

    return replace(operator, inputs=tuple(map(read, operator.inputs)))
