"""What becomes of a variation: compiled, loaded, run, compared."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

import edgert
from edgert.errors import CompileError
from edgert_compiler import onnx_backend

from .templates import templates
from .variations import ALL, FLOATS, Variation, variations

RUNS, REFUSED, WRONG = "runs", "refused", "wrong"
_FAULT = "This is a fault of edgert"

# rtol, and atol by the largest number; integers and truth values are exact.
_TOLERANCES = {
    "float64": (1e-4, 1e-5),
    "float32": (1e-3, 1e-5),
    "float16": (1e-2, 2e-3),
    "bfloat16": (6e-2, 2e-2),
}
_NARROW = (0.15, 0.1)
_INT8_NOISE = 0.1  # of the standard deviation

_MASK = "the standard's body adds minus infinity to a mask, which this type does not have"
_ROUNDED = "the reference rounds coefficients to integers; a test of ours compares with floats"
_EXPLAINED = {
    ("Attention", "U", "int16"): _MASK,
    ("Attention", "U", "uint16"): _MASK,
    **{
        (f"ai.onnx.ml.{op}", "T", element): _ROUNDED
        for op in ("LinearRegressor", "SVMRegressor")
        for element in ("int32", "int64")
    },
}
"""Where those that we compare with are no help, and why."""

Outputs = Sequence[np.ndarray]


@dataclass(frozen=True)
class Outcome:
    """status: RUNS, REFUSED (by the compiler, for `reason`) or WRONG (`reason` says how).

    peer: whether onnxruntime runs it.
    """

    status: str
    reason: str = ""
    peer: bool = False


def outcome(variation: Variation) -> Outcome:
    """Compiled to a float bundle and run, beside onnxruntime and ONNX's reference implementation.

    Where these disagree with each other, one of them is enough. Floats are then compiled in the
    default precision, too.
    """
    with _quiet():
        theirs = _attempt(_by_onnxruntime, variation)
        peer = theirs is not None
        try:
            ours = _run(variation, "fp32")
        except CompileError as error:
            return Outcome(WRONG if _FAULT in str(error) else REFUSED, str(error), peer)
        except Exception as error:  # nothing else may come of a model
            return Outcome(WRONG, f"{type(error).__name__}: {error}", peer)
        problem = _problem(variation, ours, theirs) or _int8_problem(variation, ours)
    return Outcome(RUNS if problem is None else WRONG, problem or "", peer)


def run_operator(operator: str) -> dict[tuple[str, str], dict[str, Outcome]]:
    """{(operator, variable): {element type: outcome}}, over all templates of the operator."""
    found: dict[tuple[str, str], dict[str, list[Outcome]]] = {}
    for template in templates()[operator]:
        for variation in variations(template):
            result = outcome(variation)
            if result.status == REFUSED and not result.peer and not _is_valid(variation):
                continue
            row = found.setdefault((operator, variation.variable), {})
            row.setdefault(variation.element, []).append(result)
    return {key: {e: _best(outcomes) for e, outcomes in row.items()} for key, row in found.items()}


def _is_valid(variation: Variation) -> bool:
    try:
        onnx.checker.check_model(variation.model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return False
    return True


def _best(outcomes: Sequence[Outcome]) -> Outcome:
    """Of several nodes: one that is wrong, else one that runs, else one that onnxruntime runs."""
    ranks = {WRONG: 0, RUNS: 1, REFUSED: 2}
    return min(outcomes, key=lambda found: (ranks[found.status], not found.peer))


def _problem(variation: Variation, ours: Outputs, theirs: Outputs | None) -> str | None:
    if (variation.template.operator, variation.variable, variation.element) in _EXPLAINED:
        return None
    problem = None if theirs is None else difference(variation, ours, theirs)
    if theirs is None or problem is not None:
        reference = _attempt(_by_reference, variation)
        if reference is not None:
            return difference(variation, ours, reference)
    return problem


def _run(variation: Variation, precision: str) -> Outputs:
    """Inputs that must be constant are bound; the refusal with these counts."""
    refusal: CompileError | None = None
    feed = variation.feed
    for attempt, bound in enumerate(onnx_backend.bindings(variation.model, feed)):
        constants = {name: feed[name] for name in bound}
        try:
            report = edgert.compile(variation.model, precision=precision, constants=constants)
        except CompileError as error:
            if _FAULT in str(error):
                raise
            refusal = error if attempt < 2 or refusal is None else refusal
            continue
        session = edgert.InferenceSession(report.bundle, 1)
        return session.run(None, {n: array for n, array in feed.items() if n not in bound})
    assert refusal is not None
    raise refusal


def _by_onnxruntime(variation: Variation) -> Outputs:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(variation.model.SerializeToString(), options)
    return session.run(None, dict(variation.feed))


def _by_reference(variation: Variation) -> Outputs:
    return ReferenceEvaluator(variation.model).run(None, dict(variation.feed))


def _attempt(run: Callable[[Variation], Outputs], variation: Variation) -> Outputs | None:
    try:
        return run(variation)
    except Exception:  # both have many; each means that they do not run this
        return None


def _int8_problem(variation: Variation, expected: Outputs) -> str | None:
    """What is wrong with the default precision, where it may compute in int8."""
    if variation.element not in FLOATS and variation.variable != ALL:
        return None
    try:
        found = _run(variation, "auto")
    except Exception as error:
        return f"default precision: {type(error).__name__}: {error}"
    for ours, theirs in zip(found, expected):
        if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
            return f"default precision: {ours.dtype}{list(ours.shape)}"
        if ours.size == 0 or "int" in str(ours.dtype) or ours.dtype == bool:
            continue
        a, b = (np.nan_to_num(x.astype(np.float64)) for x in (ours, theirs))
        noise = np.sqrt(np.mean((a - b) ** 2))
        if noise > _INT8_NOISE * max(float(b.std()), float(np.abs(b).mean())) + 1e-6:
            return f"default precision: {a.reshape(-1)[:3]} instead of {b.reshape(-1)[:3]}"
    return None


def difference(variation: Variation, found: Outputs, expected: Outputs) -> str | None:
    """What is wrong with outputs; the model says of which types they are."""
    for ours, theirs, info in zip(found, expected, variation.model.graph.output):
        theirs = np.asarray(theirs)
        dtype = onnx.helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type)
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
        a, b = ours.astype(object), theirs.astype(object)
        close = np.asarray(a == b, bool)
    else:
        a, b = ours.astype(np.float64), theirs.astype(np.float64)
        own = _TOLERANCES.get(str(ours.dtype), _NARROW)
        rtol, atol = max(own, _TOLERANCES.get(element, own))
        largest = np.max(np.abs(b), where=np.isfinite(b), initial=1)
        close = np.isclose(a, b, rtol, atol * largest, equal_nan=True)
    if np.all(close):
        return None
    return f"{(~close).sum()} of {close.size} differ: {a[~close][:3]} instead of {b[~close][:3]}"


@contextlib.contextmanager
def _quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
