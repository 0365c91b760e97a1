"""The two ends of a loop, whose body is nodes of the graph."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.dataflow import LOOP_BEGIN, LOOP_END, carried, loop_begin
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import integers, optional, required, shape_of
from edgert_compiler.lowering.base import Lowering
from edgert_compiler.lowering.context import LoweringContext, native_dtype
from edgert_compiler.program import layout
from edgert_compiler.program.control import LOOP
from edgert_compiler.program.ir import DType, Tensor


class LoopBegin(Lowering):
    """Start values move to where the iterations find and leave them."""

    op_type = LOOP_BEGIN
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        number, *values = node.outputs
        counter = context.temporary(DType.S64, (1,), (0,))
        context.bind(number, counter.view((), ()))
        for index, value in enumerate(values):
            source = context.dense(context.native(required(node, 2 + index)))
            if index < carried(node):
                start = source
                source = layout.allocate(start.dtype, start.shape, layout.order_of(start))
                context.convert(start, source)
            context.bind(value, source)


class LoopEnd(Lowering):
    """The kernel `loop`. What an iteration leaves for the next one is copied at its end, what it
    adds to a stack goes there by the kernel `insert`.
    """

    op_type = LOOP_END
    domain = DOMAIN

    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        begin = loop_begin(node)
        state = [context.native(value) for value in begin.outputs[1 : 1 + carried(node)]]
        stacks = [_stack(node, index, context) for index in range(len(state), len(node.outputs))]
        counter = context.native(begin.outputs[0]).view((1,), (1,))
        condition = _condition(node, context)
        context.control(LOOP, node, [_trip_count(begin, context), condition], [counter])
        with context.body(node):
            self._end_iteration(node, context, state, stacks, counter, condition)
        for value, result in zip(node.outputs, (*state, *stacks)):
            context.bind(value, result)

    def _end_iteration(
        self,
        node: ir.Node,
        context: LoweringContext,
        state: list[Tensor],
        stacks: list[Tensor],
        counter: Tensor,
        condition: Tensor | None,
    ) -> None:
        results = [context.native(v) for v in node.inputs[2:] if v is not None]
        following = optional(node, 1)
        if following is not None and condition is not None:
            context.convert(context.reshape(context.native(following), (1,)), condition)
        for index, stack in enumerate(stacks):
            _insert(node, index, context, results[len(state) + index], stack, counter)
        _copy_all(results[: len(state)], state, context)


def _copy_all(sources: list[Tensor], targets: list[Tensor], context: LoweringContext) -> None:
    """Copies all at once: a source in the memory of a target is saved first."""
    taken = {target.buffer for target in targets}
    saved = list(sources)
    for index, (source, target) in enumerate(zip(sources, targets)):
        if source is not target and source.buffer in taken:
            order = layout.order_of(source)
            saved[index] = context.temporary(source.dtype, source.shape, order)
            context.convert(source, saved[index])
    for source, target in zip(saved, targets):
        if source is not target:
            context.convert(source, target)


def _trip_count(begin: ir.Node, context: LoweringContext) -> Tensor:
    value = optional(begin, 0)
    if value is None:
        return context.constant(np.array([np.iinfo(np.int64).max]))
    return context.reshape(context.native(value), (1,))


def _condition(node: ir.Node, context: LoweringContext) -> Tensor | None:
    """What each iteration depends on: a copy that iterations write, or the first condition."""
    first = optional(loop_begin(node), 1)
    start = None if first is None else context.reshape(context.native(first), (1,))
    if optional(node, 1) is None:
        return start
    condition = context.temporary(DType.BOOL, (1,), (0,))
    context.convert(start or context.constant(np.array([True])), condition)
    return condition


def _stack(node: ir.Node, output: int, context: LoweringContext) -> Tensor:
    """Zeros: entries of iterations that do not take place stay so."""
    value = node.outputs[output]
    axis = _axis(node, output)
    rank = len(shape_of(value))
    order = (axis, *(a for a in range(rank) if a != axis))
    stack = context.temporary(native_dtype(value), shape_of(value), order)
    context.emit("fill", [], [layout.transpose(stack, order)], {"value_bits": (0, 0)})
    return stack


def _axis(node: ir.Node, output: int) -> int:
    axes = integers(node, "axes")
    return axes[output - carried(node)] % len(shape_of(node.outputs[output]))


def _insert(
    node: ir.Node,
    index: int,
    context: LoweringContext,
    result: Tensor,
    stack: Tensor,
    counter: Tensor,
) -> None:
    axis = _axis(node, carried(node) + index)
    entries = layout.around(stack, axis)
    entry = context.reshape(result, (1, 1, result.count))
    place = counter
    if integers(node, "reverse")[index]:
        place = context.temporary(DType.S64, (1,), (0,))
        last = context.constant(np.array([stack.shape[axis] - 1]))
        context.elementwise([last, counter], place, [Instruction("sub", 2, (0, 1))])
    context.emit("insert", [entry, place], [entries])
