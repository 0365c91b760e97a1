"""Plans are valid, close to the lower bound, deterministic and made in reasonable time."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgert_compiler.memory import MemoryPlanError, plan_memory, verify_plan
from edgert_compiler.memory.lifetimes import Block, arena_blocks
from edgert_compiler.memory.placement import Placement
from edgert_compiler.memory.search import exact
from edgert_compiler.program.ir import DType, KernelCall, Storage, arena_tensor

from .programs import (
    branches,
    inverted_residuals,
    port_tensor,
    program_of,
    programs,
    random_program,
)


@settings(deadline=None, max_examples=150)
@given(programs)
def test_plans_of_random_programs_are_valid(program):
    plan = plan_memory(program)
    verify_plan(program, plan)
    assert plan.arena_size >= plan.lower_bound
    assert plan_memory(program).arena_size == plan.arena_size


@settings(deadline=None, max_examples=150)
@given(programs, st.randoms(use_true_random=False))
def test_verifier_agrees_with_overlap_of_lifetimes(program, random):
    """A plan with one buffer moved is rejected exactly if it meets a live one."""
    plan = plan_memory(program)
    if not plan.offsets:
        return
    moved = random.choice(list(plan.offsets))
    offsets = dict(plan.offsets)
    offsets[moved] = random.randrange(0, plan.arena_size + 64, 64)
    broken = replace(plan, offsets=offsets, arena_size=plan.arena_size + 8192)
    spans = _spans(program)
    collision = any(
        _meet(spans[moved], spans[other])
        and offsets[moved] < offsets[other] + other.nbytes
        and offsets[other] < offsets[moved] + moved.nbytes
        for other in offsets
        if other is not moved and not _replaces(program, moved, other)
    )
    touches_inplace = any(_replaces(program, moved, other) for other in offsets)
    if collision:
        with pytest.raises(MemoryPlanError):
            verify_plan(program, broken)
    elif not touches_inplace:
        verify_plan(program, broken)


def _spans(program):
    spans = {}
    for index, call in enumerate(program.calls):
        for tensor in (*call.inputs, *call.outputs):
            spans.setdefault(tensor.buffer, []).append(index)
    return {buffer: (min(uses), max(uses)) for buffer, uses in spans.items()}


def _meet(a, b):
    return a[0] <= b[1] and b[0] <= a[1]


def _replaces(program, a, b):
    pair = {a, b}
    return any(
        {call.inputs[0].buffer, call.outputs[0].buffer} == pair
        for call in program.calls
        if call.inplace
    )


def test_inverted_residuals_meet_the_lower_bound():
    program = inverted_residuals(blocks=17)
    plan = plan_memory(program)
    verify_plan(program, plan)
    assert plan.arena_size == plan.lower_bound == 28 * 28 * 16 * 13


def test_residual_takes_the_place_of_its_input():
    program = inverted_residuals(blocks=1)
    stem, *_, project, _ = program.calls
    plan = plan_memory(program)
    assert plan.offsets[project.outputs[0].buffer] == plan.offsets[stem.outputs[0].buffer]


def test_undeclared_inplace_is_rejected():
    program = inverted_residuals(blocks=1)
    plan = plan_memory(program)
    calls = [replace(call, inplace=()) for call in program.calls]
    with pytest.raises(MemoryPlanError, match=r"project0.*overwrites its own input"):
        verify_plan(replace(program, calls=tuple(calls)), plan)


def test_input_that_is_read_later_is_not_overwritten():
    source, target = (arena_tensor(DType.S8, (64,)) for _ in range(2))
    output = port_tensor(Storage.OUTPUT, 64)
    program = program_of(
        [
            KernelCall("k", (port_tensor(Storage.INPUT, 64),), (source,)),
            KernelCall("k", (source,), (target,), inplace=(0,)),
            KernelCall("k", (source, target), (output,)),
        ]
    )
    plan = plan_memory(program)
    verify_plan(program, plan)
    assert plan.arena_size == 128


def test_transposed_input_is_not_overwritten():
    source, target = arena_tensor(DType.S8, (8, 8)), arena_tensor(DType.S8, (8, 8))
    program = program_of(
        [
            KernelCall("k", (port_tensor(Storage.INPUT, 64),), (source,)),
            KernelCall("k", (source.view((8, 8), (1, 8)),), (target,), inplace=(0,)),
            KernelCall("k", (target,), (port_tensor(Storage.OUTPUT, 64),)),
        ]
    )
    plan = plan_memory(program)
    verify_plan(program, plan)
    assert plan.arena_size == 128
    together = replace(plan, offsets=dict.fromkeys(plan.offsets, 0))
    with pytest.raises(MemoryPlanError):
        verify_plan(program, together)


def test_parts_written_in_turn_are_kept():
    """A buffer that is written by two calls exists in between."""
    whole = arena_tensor(DType.S8, (2, 64))
    other = arena_tensor(DType.S8, (64,))
    source, output = port_tensor(Storage.INPUT, 64), port_tensor(Storage.OUTPUT, 64)
    program = program_of(
        [
            KernelCall("k", (source,), (whole.view((64,), (1,)),)),
            KernelCall("k", (source,), (other,)),
            KernelCall("k", (other,), (whole.view((64,), (1,), 64),)),
            KernelCall("k", (whole,), (output,)),
        ]
    )
    plan = plan_memory(program)
    verify_plan(program, plan)
    broken = replace(plan, offsets={whole.buffer: 0, other.buffer: 0})
    with pytest.raises(MemoryPlanError, match="adds to"):
        verify_plan(program, broken)


@pytest.mark.parametrize(
    ("offset", "size", "message"),
    [
        (32, 4096, "unaligned"),
        (4096, 4096, "outside"),
        (-64, 4096, "outside"),
        (None, 64, "no offset"),
    ],
)
def test_misplaced_buffers_are_rejected(offset, size, message):
    value = arena_tensor(DType.S8, (64,))
    program = program_of([KernelCall("k", (port_tensor(Storage.INPUT, 64),), (value,))])
    offsets = {} if offset is None else {value.buffer: offset}
    broken = replace(plan_memory(program), offsets=offsets, arena_size=size)
    with pytest.raises(MemoryPlanError, match=message):
        verify_plan(program, broken)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=5
    )
)
def test_exact_search_finds_the_optimum(triples):
    """Against every offset combination on a coarse grid."""
    blocks = [Block((), 64 * size, first, first + length) for size, first, length in triples]
    total = sum(block.size for block in blocks)
    offsets = exact(Placement(blocks), total + 1, 0)
    assert offsets is not None
    found = max(o + block.size for o, block in zip(offsets, blocks))
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(blocks)), 2)
        if _meet((blocks[i].first, blocks[i].last), (blocks[j].first, blocks[j].last))
    ]
    for candidate in itertools.product(range(0, found - 64, 64), repeat=len(blocks)):
        peak = max(o + block.size for o, block in zip(candidate, blocks))
        if peak < found:
            assert any(
                candidate[i] < candidate[j] + blocks[j].size
                and candidate[j] < candidate[i] + blocks[i].size
                for i, j in pairs
            )


def test_random_programs_come_close_to_the_lower_bound():
    ratios = []
    for seed in range(40):
        plan = plan_memory(random_program(seed, 40))
        ratios.append(plan.arena_size / plan.lower_bound)
    assert max(ratios) <= 1.25
    assert sum(ratio == 1 for ratio in ratios) >= 30


@pytest.mark.parametrize("program", [random_program(1, 700), branches(7, 100)])
def test_planning_700_calls_takes_seconds_at_most(program):
    start = time.process_time()
    plan_memory(program)
    assert time.process_time() - start < 5


def test_lifetimes_of_a_chain():
    blocks = arena_blocks(inverted_residuals(blocks=1).calls)
    assert [(b.first, b.last, len(b.buffers)) for b in blocks] == [(0, 4, 2), (1, 2, 1), (2, 3, 1)]
