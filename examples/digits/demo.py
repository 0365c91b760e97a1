"""The main job in one go: compile a trained ONNX model to INT8, run it, compare with float.

pip install . ./compiler && python examples/digits/demo.py
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

try:
    import numpy as np
    from digits_data import load
    from rich.console import Console
    from rich.table import Table

    import edgert
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed; run, in the clone: pip install . ./compiler")

MODEL = Path(__file__).with_name("digits.onnx")
BUILD = Path("build") / "demo"
RUNS = 500
console = Console(highlight=False)


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    name: str
    accuracy: float
    file_bytes: int
    memory_bytes: int
    median_ms: float


def main() -> None:
    """Compiles to fp32 and int8, measures both, shows one digit."""
    train_x, _, test_x, test_y = load()
    BUILD.mkdir(parents=True, exist_ok=True)
    samples = [{"image": image[None]} for image in train_x[:200]]
    results = []
    for precision, calibration in (("fp32", None), ("int8", samples)):
        bundle = BUILD / f"digits-{precision}.edgert"
        console.print(f"compiling {MODEL.name} to {precision} …")
        edgert.compile(MODEL, precision=precision, calibration=calibration, output=bundle)
        results.append(measure(precision, bundle, test_x, test_y))
    console.print(report(results))
    show_one(BUILD / "digits-int8.edgert", test_x[0], test_y[0])
    command = f"{os.path.relpath(sys.executable)} -m edgert inspect {BUILD}/digits-int8.edgert"
    console.print(f"\nThe bundles are in {BUILD}/. Try:  {command}", soft_wrap=True)


def measure(name: str, bundle: Path, images: np.ndarray, labels: np.ndarray) -> Result:
    """Accuracy over all images, and the median latency of single ones on one thread."""
    session = edgert.InferenceSession(bundle, num_threads=1)
    guesses = [session.run(None, {"image": image[None]})[0].argmax() for image in images]
    seconds = []
    feed = {"image": images[:1]}
    for _ in range(RUNS):
        started = time.perf_counter()
        session.run(None, feed)
        seconds.append(time.perf_counter() - started)
    return Result(
        name,
        float(np.mean(np.array(guesses) == labels)),
        bundle.stat().st_size,
        session.memory_bytes,
        sorted(seconds)[RUNS // 2] * 1e3,
    )


def report(results: list[Result]) -> Table:
    """The results as a table."""
    table = Table(
        title=f"{MODEL.name}: {MODEL.stat().st_size / 1000:.0f} kB of ONNX", title_justify="left"
    )
    for column in ("precision", "accuracy", "bundle", "working memory", "latency, 1 thread"):
        table.add_column(column, justify="left" if column == "precision" else "right")
    for r in results:
        table.add_row(
            r.name,
            f"{100 * r.accuracy:.2f} %",
            f"{r.file_bytes / 1000:.1f} kB",
            f"{r.memory_bytes / 1000:.1f} kB",
            f"{r.median_ms:.3f} ms",
        )
    return table


def show_one(bundle: Path, image: np.ndarray, label: int) -> None:
    """Draws a digit and what the INT8 model says of it."""
    shades = " ░▒▓█"
    for row in image[0]:
        console.print("  " + "".join(shades[int(v * (len(shades) - 1) + 0.5)] * 2 for v in row))
    logits = edgert.load(bundle).run(image[None])
    console.print(f"  the INT8 model says {int(np.argmax(logits))}, the label is {int(label)}")


if __name__ == "__main__":
    try:
        main()
    except edgert.Error as error:
        sys.exit(str(error))
