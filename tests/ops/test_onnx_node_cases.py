"""ONNX's own node cases: computed as the standard says, or refused with a reason."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest

import edgert
from edgert.errors import CompileError
from edgert_compiler.emit import BundleInfo
from edgert_compiler.emit.native import emit, native_context
from edgert_compiler.importer import load_model
from edgert_compiler.lowering.lower import lower
from edgert_compiler.memory import plan_memory
from edgert_compiler.passes import optimize
from edgert_compiler.program.checker import check_program
from edgert_compiler.program_passes import run_program_passes
from edgert_compiler.quantization.plan import QuantizationPlan
from edgert_compiler.unsupported import check_supported
from tests.interpreter import run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    CASES = {
        case.name: case
        for case in collect_testcases(None)
        if all(isinstance(array, np.ndarray) for array in case.data_sets[0][0])
    }


# Of types that edgert computes in float32, rounding the result once, and the cases step by step.
RTOL = {"float16": 2e-3, "bfloat16": 1e-2}


def freeze(model: onnx.ModelProto, arrays: list[np.ndarray]) -> onnx.ModelProto:
    """All inputs but the first become constants: weights, shapes, axes."""
    frozen = onnx.ModelProto.FromString(model.SerializeToString())
    names = [value.name for value in frozen.graph.input]
    del frozen.graph.input[1:]
    frozen.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(array), name)
        for name, array in list(zip(names, arrays))[1:]
    )
    return frozen


def lowered(model: onnx.ModelProto):
    optimized = optimize(load_model(model))
    check_supported(optimized)
    return lower(optimized.graph, QuantizationPlan())


def lowered_or_refused(model: onnx.ModelProto, arrays: list[np.ndarray]):
    try:
        return lowered(model)
    except CompileError:
        try:
            return lowered(freeze(model, arrays))
        except CompileError as error:
            pytest.skip(str(error).splitlines()[-1].strip())


@pytest.mark.parametrize("name", CASES)
def test_node_case(name: str) -> None:
    case = CASES[name]
    arrays, expected = case.data_sets[0]
    names = [value.name for value in case.model.graph.input]
    program = lowered_or_refused(case.model, arrays)
    check_program(program)
    feed = {name: np.asarray(array) for name, array in zip(names, arrays)}
    check(run(program, feed), expected)
    check(run_natively(program, feed), expected)


def run_natively(program, feed):
    """After the program passes, in the library."""
    final = run_program_passes(program, native_context())
    session = edgert.InferenceSession(emit([(final, plan_memory(final))], BundleInfo()))
    return session.run(None, {port.name: feed[port.name] for port in program.inputs})


def check(outputs, expected) -> None:
    for output, reference in zip(outputs, expected):
        if isinstance(reference, onnx.TensorProto):
            reference = onnx.numpy_helper.to_array(reference)
        reference = np.asarray(reference)
        assert output.shape == reference.shape
        assert output.dtype == reference.dtype
        # The last bit of float16 is 1e-3 of a value.
        rtol = RTOL.get(output.dtype.name, 1e-3)
        np.testing.assert_allclose(output, reference, rtol=rtol, atol=1e-5)
