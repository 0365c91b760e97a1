"""The checker rejects each kind of malformed program, and the pass that made it is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.program.checker import ProgramError, check_program
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import (
    Buffer,
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)
from edgert_compiler.program.regions import disjoint, is_injective
from edgert_compiler.program_passes import ProgramPass, run_program_passes

from .builder import SHAPE, conv_f32, copy, elementwise, part, port_tensor, programs

x, y = port_tensor(Storage.INPUT, SHAPE), port_tensor(Storage.OUTPUT, SHAPE)
middle = arena_tensor(DType.F32, SHAPE, "middle")
first, second = conv_f32(x, middle), conv_f32(middle, y)
constant = constant_tensor(np.zeros(SHAPE, np.float32))


def program_of(*calls: KernelCall) -> Program:
    return Program((Port("x", DType.F32, SHAPE),), (Port("y", DType.F32, SHAPE),), calls)


def instructions(*steps: tuple[str, int, tuple[int, ...]]) -> KernelCall:
    return elementwise([middle], y, *steps)


CASES = {
    "reads .*'middle'.* before it is written": [second],
    "output 'y' is not written entirely": [first],
    "call 1 'conv' .*reads what it writes": [first, conv_f32(middle, middle)],
    "writes to constant memory": [conv_f32(x, constant)],
    "writes to input memory": [first, conv_f32(middle, x)],
    "reaches beyond its buffer": [first, conv_f32(middle.view(SHAPE, (24, 12, 4, 1), 1), y)],
    "not aligned": [first, conv_f32(replace(middle, offset=2, shape=(1, 2, 3, 3)), y)],
    "2 strides": [first, conv_f32(replace(middle, strides=(4, 1)), y)],
    "writes elements of .* twice": [conv_f32(x, middle.view(SHAPE, (24, 12, 0, 1)))],
    "no port 1": [conv_f32(port_tensor(Storage.INPUT, SHAPE, port=1), y)],
    "port of another size": [conv_f32(port_tensor(Storage.INPUT, (1, 1, 1, 3)), y)],
    "two buffers for one port": [first, conv_f32(port_tensor(Storage.INPUT, SHAPE), y)],
    "inplace names no input": [replace(first, inplace=(3,))],
    "undefined register": [first, instructions(("neg", 1, (1,)))],
    "writes no register": [first, instructions(("neg", 16, (0,)))],
    "instructions are for elementwise": [
        replace(first, instructions=(Instruction("neg", 0, (0,)),))
    ],
    "misplaced data": [
        conv_f32(Tensor(Buffer(Storage.CONSTANT, 96), DType.F32, SHAPE, (24, 12, 4, 1)), y)
    ],
}


@pytest.mark.parametrize("message", CASES)
def test_malformed(message):
    with pytest.raises(ProgramError, match=message):
        check_program(program_of(*CASES[message]))


def test_well_formed():
    check_program(program_of(first, second))


def test_partly_written_buffer_may_not_be_read_whole():
    source = part(x, (0, 0, 0, 0), (1, 1, 3, 4))
    calls = [copy(source, part(middle, (0, 0, 0, 0), (1, 1, 3, 4))), second]
    with pytest.raises(ProgramError, match="before it is written"):
        check_program(program_of(*calls))
    check_program(program_of(copy(source, part(middle, (0, 1, 0, 0), (1, 1, 3, 4))), *calls))


def test_unknown_kernels_and_parameters():
    program = program_of(first, replace(second, params={"grups": 1}))
    fields = {"conv2d_f32": [*first.params]}
    with pytest.raises(ProgramError, match="no parameter grups"):
        check_program(program, fields)
    with pytest.raises(ProgramError, match="no such kernel"):
        check_program(program, {})


def test_the_pass_that_broke_the_program_is_named():
    broken = ProgramPass("lose_a_call", lambda p, _: replace(p, calls=p.calls[1:]))
    with pytest.raises(ProgramError, match=r"lose_a_call.*before it is written"):
        run_program_passes(program_of(first, second), PassContext(), [broken])


@settings(deadline=None, max_examples=100)
@given(programs)
def test_random_programs_are_well_formed(program):
    check_program(program)


@st.composite
def tensors(draw, buffer=Buffer(Storage.ARENA, 4096)):  # noqa: B008
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    strides = tuple(draw(st.sampled_from((0, 1, 2, 3, 4, 8, 12, 16))) for _ in shape)
    itemsize = draw(st.sampled_from((DType.S8, DType.S16)))
    offset = draw(st.integers(0, 40)) * itemsize.itemsize
    return Tensor(buffer, itemsize, shape, strides, offset)


def _elements(tensor: Tensor) -> list[int]:
    return [
        tensor.offset + sum(i * s for i, s in zip(index, tensor.strides)) * tensor.dtype.itemsize
        for index in np.ndindex(*tensor.shape)
    ]


def _bytes(tensor: Tensor) -> set[int]:
    return {e + b for e in _elements(tensor) for b in range(tensor.dtype.itemsize)}


@settings(max_examples=500)
@given(tensors(), tensors(), st.booleans())
def test_disjoint_against_sets_of_bytes(a, b, alike):
    if alike and len(a.shape) == len(b.shape):
        b = replace(b, strides=a.strides, dtype=a.dtype, offset=b.offset * 2)
    assert disjoint(a, b) == (not _bytes(a) & _bytes(b))


@settings(max_examples=300)
@given(tensors())
def test_injective_tensors_have_distinct_elements(tensor):
    if is_injective(tensor):
        assert len(set(_elements(tensor))) == tensor.count
