"""LSTM, unrolled."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.recurrent import Direction, Recurrent, summed_bias


class Lstm(Recurrent):
    """For each step t, with gates in ONNX's order input, output, forget, cell:

    z = x_t W + h R + b
    i, f = sigmoid(z_i + p_i c), sigmoid(z_f + p_f c)
    c = f c + i tanh(z_c)
    h = sigmoid(z_o + p_o c) tanh(c)
    """

    ops = frozenset({"LSTM"})
    states = (5, 6)
    gate_count = 4
    defaults = ("Sigmoid", "Tanh", "Tanh")

    def bias(self, direction: Direction, bias: ir.Value) -> ir.Value:
        return summed_bias(direction, bias, self.gate_count)

    def step(
        self, direction: Direction, projected: ir.Value, states: Sequence[ir.Value]
    ) -> list[ir.Value]:
        hidden, cell = states
        z = emit("Add", [projected, emit("MatMul", [hidden, direction.weights(2)])])
        i, o, f, c = direction.gates(z, 4)
        peepholes = optional(direction.node, 7)
        peep = direction.gates(direction.part(peepholes), 3) if peepholes is not None else None
        if peep is not None:
            i = emit("Add", [i, emit("Mul", [peep[0], cell])])
            f = emit("Add", [f, emit("Mul", [peep[2], cell])])
        kept = emit("Mul", [direction.activate(0, f), cell])
        new = emit("Mul", [direction.activate(0, i), direction.activate(1, c)])
        cell = emit("Add", [kept, new])
        if peep is not None:
            o = emit("Add", [o, emit("Mul", [peep[1], cell])])
        visible = direction.activate(2, cell)
        return [emit("Mul", [direction.activate(0, o), visible]), cell]
