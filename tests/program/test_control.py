"""Programs with control flow: what the checker refuses, what passes must not do, memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgert_compiler.graph.region import Region
from edgert_compiler.memory import MemoryPlanError, plan_memory, verify_plan
from edgert_compiler.memory.lifetimes import arena_blocks
from edgert_compiler.program.checker import ProgramError, check_program
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.control import body_sizes
from edgert_compiler.program.ir import (
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)
from edgert_compiler.program_passes import PASSES, run_program_passes

from ..interpreter import run
from .builder import SHAPE, copy, elementwise, port_tensor

X = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
CONDITION = port_tensor(Storage.INPUT, (1,), port=1, dtype=DType.BOOL)
THREE = constant_tensor(np.array([3]))


def value(name: str = "") -> Tensor:
    return arena_tensor(DType.F32, SHAPE, name)


def unary(op: str, source: Tensor, target: Tensor) -> KernelCall:
    return replace(elementwise([source], target, (op, 1, (0,))), inplace=(0,))


def add(a: Tensor, b: Tensor, target: Tensor) -> KernelCall:
    return elementwise([a, b], target, ("add", 2, (0, 1)))


def loop(*body: KernelCall, parent: Region | None = None) -> list[KernelCall]:
    """Three iterations of calls, which may be in regions of their own."""
    region = Region(parent)
    number = arena_tensor(DType.S64, (1,))
    control = KernelCall("loop", (THREE,), (number,), {}, "loop", region=parent, bodies=(region,))
    return [control, *(replace(c, region=region) for c in body)]


def branch(condition: Tensor, *sides: list[KernelCall]) -> list[KernelCall]:
    regions = tuple(Region() for _ in range(2))
    control = KernelCall("if", (condition,), (), {}, "if", bodies=regions)
    inside = [replace(c, region=r) for r, calls in zip(regions, sides) for c in calls]
    return [control, *inside]


def program(*calls: KernelCall) -> Program:
    inputs = (Port("x", DType.F32, SHAPE), Port("c", DType.BOOL, (1,)))
    return Program(inputs, (Port("y", DType.F32, SHAPE),), calls)


def outputs(of: Program, holds: bool = True) -> np.ndarray:
    return run(of, {"x": X, "c": np.array([holds])})[0]


def optimized(of: Program) -> Program:
    result = run_program_passes(of, PassContext())
    verify_plan(result, plan_memory(result))
    return result


def kernels(of: Program) -> list[str]:
    return [call.kernel for call in of.calls]


def test_calls_of_a_region_are_behind_its_control_call():
    state, inner = value(), value()
    control, body = loop(unary("neg", state, inner))
    start, end = copy(x, state), copy(state, y)
    check_program(program(start, control, body, end))
    for calls in ([start, body, control, end], [start, control, end, body], [start, body, end]):
        with pytest.raises(ProgramError, match="is not where its region is"):
            check_program(program(*calls))
    with pytest.raises(ProgramError, match="belongs to another control call"):
        check_program(program(start, control, body, control, end))


def test_what_only_one_branch_writes_is_not_written():
    result = value("result")
    one = branch(CONDITION, [copy(x, result)], [])
    with pytest.raises(ProgramError, match=r"reads 'result' .* before it is written"):
        check_program(program(*one, copy(result, y)))
    both = branch(CONDITION, [copy(x, result)], [unary("neg", x, result)])
    check_program(program(*both, copy(result, y)))


def test_halves_written_in_both_branches_make_a_whole():
    result = value("result")
    halves = [
        replace(result, shape=(1, 1, 3, 4), offset=offset) for offset in (0, result.nbytes // 2)
    ]
    half = replace(x, shape=(1, 1, 3, 4))
    first, second = copy(half, halves[0]), copy(half, halves[1])
    calls = branch(CONDITION, [first, second], [copy(x, result)])
    check_program(program(*calls, copy(result, y)))
    calls = branch(CONDITION, [first], [copy(x, result)])
    with pytest.raises(ProgramError, match="before it is written"):
        check_program(program(*calls, copy(result, y)))


def test_what_only_a_loop_writes_is_not_written_behind_it():
    inner = value("inner")
    with pytest.raises(ProgramError, match=r"reads 'inner' .* before it is written"):
        check_program(program(*loop(copy(x, inner)), copy(inner, y)))
    with pytest.raises(ProgramError, match="output 'y' is not written entirely"):
        check_program(program(*loop(copy(x, y))))


def test_an_iteration_does_not_read_what_the_one_before_it_wrote_for_itself():
    inner, other = value("inner"), value()
    calls = loop(unary("neg", inner, other), copy(other, inner))
    with pytest.raises(ProgramError, match=r"reads 'inner' .* before it is written"):
        check_program(program(*calls, copy(x, y)))


def test_carried_values_survive_all_passes():
    state, following = value(), value()
    body = loop(add(state, x, following), copy(following, state))
    original = program(copy(x, state), *body, copy(state, y))
    result = optimized(original)
    np.testing.assert_array_equal(outputs(result), outputs(original))
    np.testing.assert_allclose(outputs(original), 4 * X, rtol=1e-6)


def test_what_is_computed_before_a_loop_stays_there():
    before, state, following = value(), value(), value()
    body = loop(add(state, before, following), copy(following, state))
    original = program(unary("neg", x, before), copy(x, state), *body, copy(state, y))
    result = optimized(original)
    names = kernels(result)
    assert "elementwise" in names[: names.index("loop")]
    np.testing.assert_array_equal(outputs(result), outputs(original))


def test_a_copy_of_a_value_that_a_loop_changes_is_kept():
    state, snapshot, following = value(), value(), value()
    body = loop(add(state, snapshot, following), copy(following, state))
    original = program(unary("neg", x, state), copy(state, snapshot), *body, copy(state, y))
    result = optimized(original)
    np.testing.assert_array_equal(outputs(result), outputs(original))
    np.testing.assert_allclose(outputs(original), -4 * X, rtol=1e-6)


def test_a_copy_in_a_loop_of_what_comes_from_outside_is_not_written_outside():
    outside, state, used = value(), value(), value()
    body = loop(add(state, x, used), copy(used, y), copy(outside, state))
    original = program(unary("neg", x, outside), copy(x, state), copy(x, y), *body)
    result = optimized(original)
    np.testing.assert_array_equal(outputs(result), outputs(original))
    np.testing.assert_allclose(outputs(original), 0 * X, atol=1e-6)


@pytest.mark.parametrize("holds", [True, False])
def test_branches_survive_all_passes(holds):
    result, inner = value(), value()
    sides = [unary("neg", x, inner), copy(inner, result)], [copy(x, result)]
    dead = branch(CONDITION, [copy(x, value())], [])
    original = program(*dead, *branch(CONDITION, *map(list, sides)), copy(result, y))
    check_program(original)
    after = optimized(original)
    assert kernels(after).count("if") == 1
    np.testing.assert_array_equal(outputs(after, holds), outputs(original, holds))


def test_bodies_are_counted_with_what_is_inside_of_them():
    state = value()
    calls = loop(copy(x, state))
    region = calls[1].region
    inner = loop(copy(x, state), copy(x, state), parent=region)
    sizes = body_sizes([*calls, *inner])
    assert sizes == {calls[0]: (4,), inner[0]: (2,)}


def test_a_buffer_that_is_older_than_a_loop_lives_as_long():
    old, inner, late = value(), value(), value()
    calls = [copy(x, old), *loop(copy(old, inner), unary("neg", inner, late)), copy(x, y)]
    spans = {block.buffers[0]: (block.first, block.last) for block in arena_blocks(calls)}
    assert spans[old.buffer] == (0, 3)
    assert spans[inner.buffer] == (2, 3)


def test_verifier_finds_what_only_the_next_iteration_reads():
    old, inner, late, last = value("old"), value(), value(), value()
    body = loop(add(old, x, inner), unary("neg", inner, late), unary("neg", late, last))
    whole = program(copy(x, old), *(replace(c, inplace=()) for c in body), copy(x, y))
    plan = plan_memory(whole)
    verify_plan(whole, plan)
    broken = replace(plan, offsets={**plan.offsets, last.buffer: plan.offsets[old.buffer]})
    with pytest.raises(MemoryPlanError, match="reads 'old', which is overwritten"):
        verify_plan(whole, broken)


def test_verifier_follows_both_branches():
    kept, scratch = value("kept"), value()
    for sides in ([[copy(x, scratch)], []], [[], [copy(x, scratch)]]):
        whole = program(copy(x, kept), *branch(CONDITION, *sides), copy(kept, y))
        plan = plan_memory(whole)
        verify_plan(whole, plan)
        broken = replace(plan, offsets={**plan.offsets, scratch.buffer: plan.offsets[kept.buffer]})
        with pytest.raises(MemoryPlanError, match="reads 'kept', which is overwritten"):
            verify_plan(whole, broken)


def test_branches_share_memory():
    result = value()
    sides = []
    for op in ("neg", "relu"):
        inner, outer = value(), value()
        sides.append([copy(x, inner), add(inner, x, outer), unary(op, outer, result)])
    whole = program(*branch(CONDITION, *sides), copy(result, y))
    plan = plan_memory(whole)
    verify_plan(whole, plan)
    assert plan.arena_size <= 3 * 128


@pytest.mark.parametrize("program_pass", PASSES, ids=lambda p: p.name)
def test_each_pass_keeps_results_of_nested_control_flow(program_pass):
    state, after, result, inner, early = value(), value(), value(), value(), value()
    region_calls = loop(copy(state, result), copy(result, inner), add(inner, early, after))
    body = [*region_calls, replace(copy(after, state), region=region_calls[1].region)]
    sides = [unary("neg", state, result)], [copy(early, result)]
    original = program(
        unary("relu", x, early),
        copy(x, state),
        *body,
        *branch(CONDITION, *map(list, sides)),
        copy(result, y),
    )
    changed = run_program_passes(original, PassContext(), [program_pass])
    for holds in (True, False):
        np.testing.assert_array_equal(outputs(changed, holds), outputs(original, holds))
