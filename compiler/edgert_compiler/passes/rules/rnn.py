"""RNN, unrolled."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.passes.recurrent import Direction, Recurrent, summed_bias


class Rnn(Recurrent):
    """For each step t:

    h = tanh(x_t W + h R + b)
    """

    ops = frozenset({"RNN"})
    states = (5,)
    gate_count = 1
    defaults = ("Tanh",)

    def bias(self, direction: Direction, bias: ir.Value) -> ir.Value:
        return summed_bias(direction, bias, self.gate_count)

    def step(
        self, direction: Direction, projected: ir.Value, states: Sequence[ir.Value]
    ) -> list[ir.Value]:
        product = emit("MatMul", [states[0], direction.weights(2)])
        return [direction.activate(0, emit("Add", [projected, product]))]
