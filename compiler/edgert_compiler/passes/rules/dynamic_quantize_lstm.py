"""onnxruntime's LSTM with quantized weights."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant, new_node
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage

_WEIGHTS = {1: (8, 9), 2: (10, 11)}  # of the input, of the recurrence: scale and zero point


class DynamicQuantizeLSTM(Rule):
    """An LSTM whose weights are [directions, inputs, 4 * hidden], with scales of each direction.

    com.microsoft.DynamicQuantizeLSTM(x, W, R, B, ..., P, ws, wz, rs, rz)
        =>   LSTM(x, (W - wz) * ws transposed, (R - rz) * rs transposed, B, ..., P)
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.DynamicQuantizeLSTM"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses weights that are computed."""
        inputs = [optional(node, index) for index in range(8)]
        for index, (scale, zero_point) in _WEIGHTS.items():
            weights = array_of(node.inputs[index])
            scales, zeros = array_of(node.inputs[scale]), array_of(node.inputs[zero_point])
            if weights is None or scales is None or zeros is None:
                return Refusal("its weights are computed while running")
            real = (weights.astype(np.float32) - _columns(zeros)) * _columns(scales)
            name = f"{inputs[index].name}_dequantized"  # type: ignore[union-attr]
            inputs[index] = new_constant(real.transpose(0, 2, 1), name)
        lstm = new_node("LSTM", inputs, dict(node.attributes), outputs=len(node.outputs))
        return Rewrite(
            tuple(new if old.name else None for new, old in zip(lstm.outputs, node.outputs))
        )


def _columns(array: np.ndarray) -> np.ndarray:
    """[directions] or [directions, columns] against [directions, rows, columns]."""
    return array.reshape(array.shape[0], 1, -1).astype(np.float32)
