"""Intermediate results that a bundle keeps, against onnxruntime's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits" / "digits.onnx"


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(3).random((1, 1, 8, 8), np.float32)


@pytest.fixture(scope="module")
def expected(image) -> dict[str, np.ndarray]:
    """Every value of the model, by name."""
    model = onnx.load(DIGITS)
    names = [name for node in model.graph.node for name in node.output]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return dict(zip(names, session.run(None, {"image": image})))


def read_all(session: edgert.InferenceSession) -> dict[str, np.ndarray]:
    """What each named tensor in the arena holds."""
    named = [tensor for tensor in session.tensors() if tensor.name and tensor.address]
    return {tensor.name: session.read_tensor(tensor.index) for tensor in named}


def matches(found: np.ndarray, value: np.ndarray) -> bool:
    """Whether a tensor in physical order holds a value: images have their channels last."""
    order = (0, *range(2, value.ndim), 1) if value.ndim > 2 else range(value.ndim)
    shown = value.transpose(*order)
    return found.size == shown.size and np.allclose(
        found.reshape(shown.shape), shown, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_every_result_is_kept(image, expected, threads):
    report = edgert.compile(DIGITS, precision="fp32", keep_intermediates=True)
    session = edgert.InferenceSession(report.bundle, num_threads=threads)
    session.run(None, {"image": image})
    found = {name: a for name, a in read_all(session).items() if name in expected}
    assert len(found) > 4
    wrong = [name for name, array in found.items() if not matches(array, expected[name])]
    assert not wrong


def test_without_it_some_are_overwritten(image, expected):
    session = edgert.InferenceSession(edgert.compile(DIGITS, precision="fp32").bundle)
    session.run(None, {"image": image})
    found = {name: a for name, a in read_all(session).items() if name in expected}
    assert any(not matches(array, expected[name]) for name, array in found.items())


def test_the_arena_grows_and_results_stay_the_same(image):
    reports = [edgert.compile(DIGITS, keep_intermediates=keep) for keep in (False, True)]
    assert reports[1].arena_bytes > reports[0].arena_bytes
    runs = [edgert.InferenceSession(r.bundle).run(None, {"image": image})[0] for r in reports]
    np.testing.assert_array_equal(*runs)


def test_tensors_are_read_by_name(image, expected):
    report = edgert.compile(DIGITS, precision="fp32", keep_intermediates=True)
    session = edgert.InferenceSession(report.bundle)
    session.run(None, {"image": image})
    assert matches(session.read_tensor("relu"), expected["relu"])
    with pytest.raises(edgert.InputError, match="did you mean 'relu'"):
        session.read_tensor("rellu")
    with pytest.raises(edgert.InputError, match="is an input or output"):
        session.read_tensor("image")
    with pytest.raises(edgert.InputError, match="there is no tensor 9999"):
        session.read_tensor(9999)


def test_a_budget_counts_what_is_kept():
    arena = edgert.compile(DIGITS).arena_bytes
    with pytest.raises(edgert.CompileError, match=r"every result is kept \(--keep-intermediates\)"):
        edgert.compile(DIGITS, max_ram=arena, keep_intermediates=True)


@pytest.mark.parametrize("target", ["tflite", "onnx", "coreml"])
def test_targets_that_plan_no_memory_refuse(target):
    with pytest.raises(edgert.CompileError, match="--keep-intermediates: this target"):
        edgert.compile(DIGITS, target=target, keep_intermediates=True)
