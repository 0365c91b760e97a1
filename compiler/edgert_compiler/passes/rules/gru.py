"""GRU, unrolled."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.nodes import optional
from edgert_compiler.passes.recurrent import Direction, Recurrent, summed_bias


class Gru(Recurrent):
    """For each step t, with gates in ONNX's order update, reset, hidden:

    z, r = sigmoid(x_t W_zr + h R_zr + b)
    n = tanh(x_t W_h + (r h) R_h + b)           linear_before_reset = 0
    n = tanh(x_t W_h + b_w + r (h R_h + b_r))   linear_before_reset = 1
    h = (1 - z) n + z h
    """

    ops = frozenset({"GRU"})
    states = (5,)
    gate_count = 3
    defaults = ("Sigmoid", "Tanh")

    def bias(self, direction: Direction, bias: ir.Value) -> ir.Value:
        if not _linear_before_reset(direction):
            return summed_bias(direction, bias, 3)
        size = direction.hidden
        gates = [direction.slice(bias, at * size, (at + 2) * size, 0) for at in (0, 3)]
        hidden = direction.slice(bias, 2 * size, 3 * size, 0)
        return emit("Concat", [emit("Add", gates), hidden], {"axis": 0})

    def step(
        self, direction: Direction, projected: ir.Value, states: Sequence[ir.Value]
    ) -> list[ir.Value]:
        (h,) = states
        size = direction.hidden
        weights = direction.weights(2)
        x_z, x_r, x_n = direction.gates(projected, 3)
        h_zr = emit("MatMul", [h, direction.slice(weights, 0, 2 * size, 1)])
        h_z, h_r = direction.gates(h_zr, 2)
        update = direction.activate(0, emit("Add", [x_z, h_z]))
        reset = direction.activate(0, emit("Add", [x_r, h_r]))
        weights_n = direction.slice(weights, 2 * size, 3 * size, 1)
        if _linear_before_reset(direction):
            h_n = emit("MatMul", [h, weights_n])
            bias = optional(direction.node, 3)
            if bias is not None:
                part = direction.slice(direction.part(bias), 5 * size, 6 * size, 0)
                h_n = emit("Add", [h_n, part])
            h_n = emit("Mul", [reset, h_n])
        else:
            h_n = emit("MatMul", [emit("Mul", [reset, h]), weights_n])
        new = direction.activate(1, emit("Add", [x_n, h_n]))
        fresh = emit("Mul", [emit("Sub", [direction.number(1), update]), new])
        return [emit("Add", [fresh, emit("Mul", [update, h])])]


def _linear_before_reset(direction: Direction) -> bool:
    return bool(direction.node.attributes.get_int("linear_before_reset", 0))
