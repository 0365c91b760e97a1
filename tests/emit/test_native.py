"""Emitted programs, run by the library, against the interpreter in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from edgert import _core, _introspection
from edgert.errors import RuntimeUnavailableError
from edgert_compiler.emit import BundleInfo
from edgert_compiler.emit.native import emit, evaluate, native_context
from edgert_compiler.memory import plan_memory
from edgert_compiler.program.ir import DType, Program, arena_tensor, constant_tensor
from edgert_compiler.program_passes import run_program_passes

from ..interpreter import run
from ..program.builder import SHAPE, elementwise, programs

try:
    _core.version()
except RuntimeUnavailableError as error:
    pytest.skip(f"the native library is not built: {error}", allow_module_level=True)

INPUT = np.random.default_rng(0).integers(-64, 65, SHAPE).astype(np.float32) / 16


def run_native(program: Program) -> np.ndarray:
    session = _core.Session(
        _core.Model(emit([(program, plan_memory(program))], BundleInfo())), threads=1
    )
    result = np.full(program.outputs[0].shape, np.nan, np.float32)
    session.run([INPUT.ctypes.data], [result.ctypes.data])
    return result


@pytest.mark.skipif(("fill", 1) not in _introspection.kernels(), reason="kernels are missing")
@settings(deadline=None, max_examples=150)
@given(programs)
def test_random_programs_run_as_interpreted(program):
    expected = run(program, {"x": INPUT})[0]
    np.testing.assert_allclose(run_native(program), expected, rtol=1e-6)
    optimized = run_program_passes(program, native_context())
    np.testing.assert_allclose(run_native(optimized), expected, rtol=1e-6)


def test_evaluate_gives_the_table_of_an_operator():
    half = constant_tensor(np.full(1, 0.5, np.float32))
    source, target = arena_tensor(DType.S8, (256,)), arena_tensor(DType.S8, (256,))
    call = elementwise([source, half], target, ("mul", 2, (0, 1)), ("neg", 2, (2,)))
    values = np.arange(256, dtype=np.uint8).view(np.int8)
    expected = np.rint(np.clip(-(values - 3.0) * 0.5, -131, 124)) + 3
    assert np.array_equal(evaluate(call, values), expected.astype(np.int8))
