"""What becomes of a variation: compiled, loaded, run, compared."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

import edgert.backend
from edgert.errors import CompileError

from .variations import Variation

RUNS, REFUSED, WRONG = "runs", "refused", "wrong"

# rtol and atol by element type; integers and truth values are exact.
_TOLERANCES = {
    "float64": (1e-4, 1e-5),
    "float32": (1e-3, 1e-5),
    "float16": (1e-2, 2e-3),
    "bfloat16": (6e-2, 2e-2),
}
_FAULT = "This is a fault of edgert"
_NARROW = (0.15, 0.1)


@dataclass(frozen=True)
class Outcome:
    """status: RUNS, REFUSED (by the compiler, for `reason`) or WRONG (`reason` says how).

    peer: whether onnxruntime runs it.
    """

    status: str
    reason: str = ""
    peer: bool = False


def outcome(variation: Variation) -> Outcome:
    """Compiles in float and runs, beside onnxruntime and ONNX's reference implementation.

    Where these disagree with each other, one of them is enough.
    """
    with _quiet():
        peer = _by_onnxruntime(variation)
        try:
            found = _run(variation, "fp32")
        except CompileError as error:
            return Outcome(REFUSED, str(error), peer is not None)
        except Exception as error:  # whatever it is, nothing else may come out of it
            return Outcome(WRONG, f"{type(error).__name__}: {error}", peer is not None)
        problem = None if peer is None else _difference(found, peer, variation)
        if peer is None or problem is not None:
            reference = _by_reference(variation)
            if reference is not None:
                problem2 = _difference(found, reference, variation)
                if problem: print("ORT-DIFFERS", variation.template.operator, variation.variable, variation.element, problem, "| REF:", problem2)
                problem = problem2
            elif peer is None: return Outcome(RUNS, "no reference", False)
    if problem is not None:
        return Outcome(WRONG, problem, peer is not None)
    return Outcome(RUNS, "", peer is not None)


def _run(variation: Variation, precision: str) -> list[np.ndarray]:
    """With as many inputs bound as constants as it takes; the last refusal counts."""
    refusal: CompileError | None = None
    feed = variation.feed
    for bound in edgert.backend.bindings(variation.model, feed):
        constants = {name: feed[name] for name in bound}
        try:
            report = edgert.compile(variation.model, precision=precision, constants=constants)
        except CompileError as error:
            refusal = error
            if _FAULT in str(error): raise AssertionError(str(error)) from error
            continue
        session = edgert.InferenceSession(report.bundle, 1)
        return session.run(None, {n: a for n, a in feed.items() if n not in bound})
    assert refusal is not None
    raise refusal


def _by_onnxruntime(variation: Variation) -> list[np.ndarray] | None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(variation.model.SerializeToString(), options)
        return session.run(None, dict(variation.feed))
    except Exception:  # it has many; each means that it does not run this
        return None


def _by_reference(variation: Variation) -> list[np.ndarray] | None:
    try:
        return ReferenceEvaluator(variation.model).run(None, dict(variation.feed))
    except Exception:
        return None


def _difference(
    found: Sequence[np.ndarray], expected: Sequence[np.ndarray], variation: Variation
) -> str | None:
    """What is wrong with the outputs; the model says of which types they are."""
    for ours, theirs, info in zip(found, expected, variation.model.graph.output):
        kind = info.type.tensor_type.elem_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind) if kind else ours.dtype
        theirs = np.asarray(theirs)
        if ours.dtype != dtype:
            return f"'{info.name}' is {ours.dtype} instead of {dtype}"
        if ours.shape != theirs.shape:
            return f"'{info.name}' has shape {ours.shape} instead of {theirs.shape}"
        if theirs.dtype != dtype:  # onnxruntime gives the bytes of what numpy has not
            theirs = theirs.view(dtype) if theirs.dtype == np.uint8 else theirs.astype(dtype)
        problem = _unlike(ours, theirs, variation.element)
        if problem is not None:
            return f"'{info.name}': {problem}"
    return None


def _unlike(ours: np.ndarray, theirs: np.ndarray, element: str) -> str | None:
    """Integers are exact; floats as exact as the coarser of their type and the varied one."""
    if "int" in str(ours.dtype) or ours.dtype == bool:
        a, b, rtol, atol = ours.astype(object), theirs.astype(object), 0.0, 0.0
        close = a == b
    else:
        a, b = ours.astype(np.float64), theirs.astype(np.float64)
        rtol, atol = max(_TOLERANCES.get(str(ours.dtype), _NARROW), _TOLERANCES.get(element, (0.0, 0.0)))
        largest = np.max(np.abs(b), where=np.isfinite(b), initial=1)
        close = np.isclose(a, b, rtol, atol * largest, equal_nan=True)
    if np.all(close):
        return None
    wrong = ~np.asarray(close, bool)
    return f"{wrong.sum()} of {wrong.size} differ: {a[wrong][:3]} instead of {b[wrong][:3]}"


@contextlib.contextmanager
def _quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
