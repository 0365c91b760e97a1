"""Program passes keep the meaning of programs, and do what their docstrings draw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from edgert_compiler.memory import plan_memory, verify_plan
from edgert_compiler.program.access import accepts_input, accepts_output
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import (
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    arena_tensor,
    constant_tensor,
)
from edgert_compiler.program.regions import disjoint
from edgert_compiler.program.usage import Usage
from edgert_compiler.program_passes import PASSES, run_program_passes
from edgert_compiler.program_passes.order_calls import dependencies

from ..interpreter import run
from .builder import SHAPE, conv_f32, conv_s8, copy, elementwise, part, port_tensor, programs


def evaluate(call: KernelCall, values: np.ndarray) -> np.ndarray:
    """As PassContext.evaluate: the call as a program of its own."""
    target = port_tensor(Storage.OUTPUT, values.shape, dtype=call.outputs[0].dtype)
    source = port_tensor(Storage.INPUT, values.shape, dtype=DType.of(values.dtype))
    inputs = tuple(source if t.buffer.storage == Storage.ARENA else t for t in call.inputs)
    ports = Port("x", source.dtype, source.shape), Port("y", target.dtype, target.shape)
    alone = replace(call, inputs=inputs, outputs=(target,))
    return run(Program((ports[0],), (ports[1],), (alone,)), {"x": values})[0]


def run_program(program: Program) -> np.ndarray:
    return run(program, {"x": INPUT})[0]


CONTEXT = PassContext(evaluate=evaluate)
INPUT = np.random.default_rng(0).integers(-64, 65, SHAPE).astype(np.float32) / 16


def only(name: str):
    return [p for p in PASSES if p.name == name]


def kernels(program: Program) -> Counter:
    return Counter(call.kernel for call in program.calls)


def program_of(*calls: KernelCall, shape=SHAPE) -> Program:
    return Program((Port("x", DType.F32, SHAPE),), (Port("y", DType.F32, shape),), calls)


@settings(deadline=None, max_examples=150)
@given(programs)
def test_all_passes_keep_results(program):
    result = run_program_passes(program, CONTEXT)
    expected, actual = (run_program(p) for p in (program, result))
    assert np.array_equal(expected, actual)
    assert len(result.calls) <= len(program.calls)
    verify_plan(result, plan_memory(result))
    for call in result.calls:
        inputs = [(i, t) for i, t in enumerate(call.inputs) if t is not None]
        assert all(accepts_input(call, i, t) for i, t in inputs)
        assert accepts_output(call, 0, call.outputs[0])


@pytest.mark.parametrize("program_pass", PASSES, ids=lambda p: p.name)
@settings(deadline=None, max_examples=60)
@given(program=programs)
def test_each_pass_keeps_results(program_pass, program):
    result = run_program_passes(program, CONTEXT, [program_pass])
    expected, actual = (run_program(p) for p in (program, result))
    assert np.array_equal(expected, actual)


def test_concat_of_convolutions_costs_nothing():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    a, b = (arena_tensor(DType.F32, SHAPE) for _ in range(2))
    whole = arena_tensor(DType.F32, (1, 2, 3, 8))
    program = program_of(
        conv_f32(x, a),
        conv_f32(a, b),
        copy(a, part(whole, (0, 0, 0, 0), SHAPE)),
        copy(b, part(whole, (0, 0, 0, 4), SHAPE)),
        conv_f32(part(whole, (0, 0, 0, 2), SHAPE), y),
    )
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"conv2d_f32": 3}
    assert result.calls[0].outputs[0].strides[1:] == (24, 8, 1)
    assert plan_memory(result).arena_size == 192


def test_concat_of_concats_costs_nothing():
    x = port_tensor(Storage.INPUT, SHAPE)
    values = [arena_tensor(DType.F32, SHAPE) for _ in range(3)]
    inner, outer = arena_tensor(DType.F32, (1, 2, 3, 8)), port_tensor(Storage.OUTPUT, (1, 2, 3, 12))
    program = program_of(
        conv_f32(x, values[0]),
        conv_f32(values[0], values[1]),
        copy(values[0], part(inner, (0, 0, 0, 0), SHAPE)),
        copy(values[1], part(inner, (0, 0, 0, 4), SHAPE)),
        conv_f32(part(inner, (0, 0, 0, 4), SHAPE), values[2]),
        copy(inner, part(outer, (0, 0, 0, 4), (1, 2, 3, 8))),
        copy(values[2], part(outer, (0, 0, 0, 0), SHAPE)),
        shape=(1, 2, 3, 12),
    )
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"conv2d_f32": 3}
    assert plan_memory(result).arena_size == 0


def test_pad_is_filled_before_its_inside_is_written():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, (3, 4, 5, 6))
    inside, padded = arena_tensor(DType.F32, SHAPE), arena_tensor(DType.F32, (3, 4, 5, 6))
    program = program_of(
        conv_f32(x, inside),
        KernelCall("fill", (), (padded,), {"value_bits": (0, 0)}),
        copy(inside, part(padded, (1, 1, 1, 1), SHAPE)),
        conv_f32(padded, y),
        shape=(3, 4, 5, 6),
    )
    result = run_program_passes(program, CONTEXT)
    assert [call.kernel for call in result.calls] == ["fill", "conv2d_f32", "conv2d_f32"]


@pytest.mark.parametrize("quantized", [False, True])
def test_sums_are_fused_beside_int8(quantized):
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    stored = arena_tensor(DType.S8 if quantized else DType.F32, SHAPE)
    program = program_of(elementwise([x], stored), elementwise([stored], y), conv_f32(x, y))
    result = only("fuse_sums")[0].run(program, PassContext(fields={"conv2d_f32": ["fused"]}))
    assert [call.params.get("fused") for call in result.calls] == [None, None, int(quantized)]


def test_slices_are_views():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, (1, 2, 3, 2))
    piece = arena_tensor(DType.F32, (1, 2, 3, 2))
    program = program_of(
        copy(part(x, (0, 0, 0, 1), (1, 2, 3, 2)), piece), conv_f32(piece, y), shape=(1, 2, 3, 2)
    )
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"conv2d_f32": 1}
    assert (result.calls[0].inputs[0].offset, result.calls[0].inputs[0].buffer) == (4, x.buffer)


def test_transposed_copy_stays_where_the_kernel_needs_rows():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, (1, 4, 3, 2))
    turned = arena_tensor(DType.F32, (1, 4, 3, 2))
    program = program_of(
        copy(x.view((1, 4, 3, 2), (24, 1, 4, 12)), turned), conv_f32(turned, y), shape=(1, 4, 3, 2)
    )
    assert kernels(run_program_passes(program, CONTEXT)) == {"strided_copy": 1, "conv2d_f32": 1}


def test_dequantize_compute_quantize_becomes_a_table():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    q, r, s = (arena_tensor(DType.S8, SHAPE) for _ in range(3))
    f, g = (arena_tensor(DType.F32, SHAPE) for _ in range(2))
    program = program_of(
        elementwise([x], q),
        elementwise([q], f),
        elementwise([f, f], g, ("mul", 2, (0, 1))),
        elementwise([g], r),
        conv_s8(r, s),
        elementwise([s], y),
    )
    fused = run_program_passes(program, CONTEXT, only("fuse_elementwise"))
    assert kernels(fused) == {"elementwise": 3, "conv2d_s8": 1}
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"elementwise": 2, "lookup_s8": 1, "conv2d_s8": 1}


def test_table_after_a_convolution_moves_into_it():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    q, t, r, s = (arena_tensor(DType.S8, SHAPE) for _ in range(4))
    program = program_of(
        elementwise([x], q),
        conv_s8(q, t),
        elementwise([t], r, ("relu", 1, (0,))),
        elementwise([r], s, ("neg", 1, (0,))),
        elementwise([s], y),
    )
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"elementwise": 2, "conv2d_s8": 1}
    assert len(result.calls[1].inputs) == 7
    expected, actual = (run_program(p) for p in (program, result))
    assert np.array_equal(expected, actual)


def test_fusion_stops_at_eight_inputs():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    value, calls = x, []
    for i in range(12):
        other = constant_tensor(np.full((1, 1, 1, 4), i, np.float32))
        target = y if i == 11 else arena_tensor(DType.F32, SHAPE)
        calls.append(elementwise([value, other], target, ("add", 2, (0, 1))))
        value = target
    program = program_of(*calls)
    result = run_program_passes(program, CONTEXT)
    assert kernels(result) == {"elementwise": 2}
    assert max(len(call.inputs) for call in result.calls) <= 8
    assert np.array_equal(run_program(program), run_program(result))


def test_broadcast_values_are_computed_once():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
    row = arena_tensor(DType.F32, (1, 1, 1, 4))
    gate = arena_tensor(DType.F32, (1, 1, 1, 4))
    program = program_of(
        conv_f32(part(x, (0, 0, 0, 0), (1, 1, 1, 4)), row),
        elementwise([row], gate, ("relu", 1, (0,))),
        elementwise([x, gate], y, ("mul", 2, (0, 1))),
    )
    assert kernels(run_program_passes(program, CONTEXT))["elementwise"] == 2


@settings(deadline=None, max_examples=60)
@given(programs)
def test_dependencies_are_those_of_every_pair_of_calls(program):
    usage = Usage(run_program_passes(program, CONTEXT, only("write_in_place")).calls)
    expected = [set() for _ in usage.calls]
    for buffer, writes in usage.writes.items():
        for write in writes:
            for use in (*writes, *usage.reads[buffer]):
                if len(writes) == 1 or not disjoint(use.tensor, write.tensor):
                    early, late = sorted((use.position, write.position))
                    expected[late] |= {early} - {late}
    assert dependencies(usage) == expected


def test_order_lowers_the_peak():
    x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, (1, 1, 1, 4))
    large = [arena_tensor(DType.F32, (1, 64, 64, 4)) for _ in range(4)]
    small = [arena_tensor(DType.F32, (1, 1, 1, 4)) for _ in range(4)]
    corner = [part(t, (0, 0, 0, 0), (1, 1, 1, 4)) for t in large]
    start = [x.view((1, 64, 64, 4), (0, 0, 0, 1)) for _ in large]
    program = program_of(
        *(copy(s, t) for s, t in zip(start, large)),
        *(conv_f32(c, s) for c, s in zip(corner, small)),
        elementwise(small, y, ("add", 4, (0, 1)), ("add", 5, (2, 3)), ("add", 4, (4, 5))),
        shape=(1, 1, 1, 4),
    )
    before, after = (
        plan_memory(p).arena_size
        for p in (program, run_program_passes(program, CONTEXT, only("order_calls")))
    )
    assert before == 4 * 65536 + 64
    assert after == 65536 + 4 * 64
