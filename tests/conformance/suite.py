"""ONNX's backend test suite, run in this process through `edgert_compiler.onnx_backend`."""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner

from edgert.errors import CompileError
from edgert_compiler.onnx_backend import BundleRep, EdgertBackend

CATEGORIES = {
    "OnnxBackendNodeModelTest": ("node", "Node"),
    "OnnxBackendSimpleModelTest": ("simple", "Simple"),
    "OnnxBackendPyTorchConvertedModelTest": ("pytorch-converted", "PyTorch-converted"),
    "OnnxBackendPyTorchOperatorModelTest": ("pytorch-operator", "PyTorch-operator"),
}
"""The suite's categories but "Real", whose models are downloads: (kind, title)."""

PASSED, FAILED, UNSUPPORTED = "passed", "failed", "unsupported"


@dataclass(frozen=True)
class Outcome:
    """What became of one case.

    Attributes:
        status: PASSED, FAILED (wrong result or unexpected error) or UNSUPPORTED (refused when
            compiling, with a reason).
        bound: whether inputs were bound as constants; folded: whether that left nothing to run.
    """

    category: str
    name: str
    operator: str
    status: str
    reason: str = ""
    bound: bool = False
    folded: bool = False


class _Recorder(EdgertBackend):
    """The backend, and what it prepared last."""

    last: BundleRep | None = None

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **kwargs: Any) -> BundleRep:
        _Recorder.last = super().prepare(model, device, **kwargs)
        return _Recorder.last


@functools.cache
def cases() -> Mapping[str, Mapping[str, Callable[[], None]]]:
    """The suite's own test functions for the CPU, by category and name."""
    with _quiet():
        suites = Runner(_Recorder, __name__).test_cases
    found: dict[str, dict[str, Callable[[], None]]] = {}
    for suite, (_, title) in CATEGORIES.items():
        names = [name for name in vars(suites[suite]) if re.match("test_.*_cpu$", name)]
        found[title] = {
            name.removeprefix("test_").removesuffix("_cpu"): functools.partial(
                getattr(suites[suite], name), suites[suite]()
            )
            for name in sorted(names)
        }
    return found


@functools.cache
def operators() -> Mapping[tuple[str, str], str]:
    """The operator that each case is about, by category and name.

    A case of a function's body ("_expanded") belongs to the function's operator, a case with
    several operators to "Models".
    """
    found: dict[tuple[str, str], str] = {}
    for kind, title in CATEGORIES.values():
        with _quiet():
            tests = load_model_tests(kind=kind)
        for test in tests:
            found[title, test.name.removeprefix("test_")] = _operator(test)
    return {
        (title, name): found.get((title, re.sub("_expanded.*", "", name)), operator)
        for (title, name), operator in found.items()
    }


def _operator(test: Any) -> str:
    model = test.model or onnx.load(Path(test.model_dir) / "model.onnx", load_external_data=False)
    ops = {node.op_type for node in model.graph.node if node.op_type != "Constant"}
    return ops.pop() if len(ops) == 1 else "Models"


def run_case(category: str, name: str) -> Outcome:
    """Runs one case of the suite."""
    _Recorder.last = None
    status, reason = PASSED, ""
    try:
        with _quiet():
            cases()[category][name]()
    except CompileError as error:
        status, reason = UNSUPPORTED, str(error)
    except Exception as error:  # whatever a case raises is its failure
        status, reason = FAILED, f"{type(error).__name__}: {error}"
    rep = _Recorder.last
    return Outcome(
        category,
        name,
        operators()[category, name],
        status,
        reason,
        bound=rep is not None and bool(rep.bound),
        folded=rep is not None and rep.folded,
    )


def run_all(progress: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> list[Outcome]:
    """Runs the whole suite."""
    wanted = [(category, name) for category, named in cases().items() for name in named]
    return [run_case(category, name) for category, name in progress(wanted)]


@contextlib.contextmanager
def _quiet() -> Any:
    """Without the warnings of the suite's generators, which overflow on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
