"""Bundles that tests damage: together they have every kernel and every part of the format."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

import edgert
from tests.delegates.models import compiled as segmented
from tests.test_state import streaming

from .models import MODELS, feed

ROOT = Path(__file__).resolve().parents[2]
SANITIZED = ROOT / "build" / "sanitize" / "tests"
PRECISIONS = ("fp32", "int8", "dynamic")


def _model(name: str, precision: str, folder: Path) -> Path:
    model = MODELS[name]()
    calibration = [feed(model, seed) for seed in range(3)] if precision == "int8" else None
    edgert.compile(
        model,
        precision="fp32" if precision == "fp32" else "int8",
        calibration=calibration,
        output=folder / "model.edgert",
    )
    return folder / "model.edgert"


def _shapes_and_states(folder: Path) -> Path:
    edgert.compile(
        streaming(),
        input_shapes=[{"x": (2, 3)}, {"x": (5, 3)}],
        state={"s2": "s"},
        initial_state={"s": np.ones(3, np.float32)},
        output=folder / "model.edgert",
    )
    return folder / "model.edgert"


def _ports_of_8_bit(folder: Path) -> Path:
    model = MODELS["products"]()
    edgert.compile(
        model,
        calibration=[feed(model, seed) for seed in range(3)],
        target_options={"io_type": "uint8"},
        output=folder / "model.edgert",
    )
    return folder / "model.edgert"


def _halves(name: str, target: str, folder: Path) -> Path:
    path = folder / "model.edgert"
    edgert.compile(MODELS[name](), precision="fp16", target=target, output=path)
    return path


def _segments(folder: Path) -> Path:
    return segmented(folder, middle="Asinh", int8=True)


BUNDLES: Mapping[str, Callable[[Path], Path]] = {
    **{
        f"{name}-{precision}": functools.partial(_model, name, precision)
        for name in MODELS
        for precision in PRECISIONS
    },
    "shapes_and_states": _shapes_and_states,
    "ports_of_8_bit": _ports_of_8_bit,
    "halves": functools.partial(_halves, "products", "host"),
    "half_arithmetic": functools.partial(_halves, "convolutions", "arm64-fp16"),
    "segments": _segments,
}


def run_program(program: Path, *arguments: object, isa: str = "") -> str:
    """What a program that damages bundles says at its end; a sanitizer's report is a failure."""
    # Absurd sizes are refused by the allocator; that is one of the answers.
    sanitizers = {
        "ASAN_OPTIONS": "allocator_may_return_null=1:quarantine_size_mb=32",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "EDGERT_ISA": isa,
    }
    done = subprocess.run(
        [program, *map(str, arguments)],
        env={**os.environ, **sanitizers},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}, {done.stderr[-6000:]}"
    return done.stdout
