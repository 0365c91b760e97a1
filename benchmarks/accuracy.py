"""Accuracy of INT8 and FP32 bundles against the float model, on the zoo's labelled images.

    python benchmarks/accuracy.py
    python benchmarks/accuracy.py --models squeezenet1_1 --observers mse percentile --json out.json

Top-1 is in percent. "agree" is how often the top-1 class is the float model's, and "KL" the mean
divergence of the class probabilities from the float model's, which tells small differences apart
long before top-1 does. The float model runs on onnxruntime.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
try:
    import numpy as np
    import onnxruntime
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from benchmarks.models import ZOO, ZooImages, available, zoo_images
    from benchmarks.results import add_json_option, write_json
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    sys.exit(f"{package} is not installed; run, in the clone: pip install '.[bench]' ./compiler")

EVALUATION = {"imagenet_calib": "imagenet_val", "cifar10": "cifar10"}
Run = Callable[[dict[str, np.ndarray]], list[np.ndarray]]
console = Console(highlight=False)


@dataclass(frozen=True)
class Accuracy:
    """Of one engine on one model: percent, percent, nats."""

    top1: float
    agree: float
    divergence: float


def main() -> None:
    """Parses options, measures each model, prints a table, writes JSON."""
    options = _options()
    names = options.models or list(zoo_images())
    if not names:
        sys.exit(f"there are no models in {ZOO}; EDGERT_ZOO names the folder that has them")
    results = {}
    for name in names:
        results[name] = measure(name, options)
        console.print(table(name, results[name]))
    found = {n: {k: asdict(v) for k, v in r.items()} for n, r in results.items()}
    write_json(options.json, found)


def measure(name: str, options: argparse.Namespace) -> dict[str, Accuracy]:
    """Accuracy by engine, the float model first."""
    zoo = zoo_images()[name]
    paths, labels = evaluation_images(zoo, options.limit)
    with tempfile.TemporaryDirectory() as folder:
        runs = dict(engines(name, Path(folder), options))
        logs: dict[str, list[np.ndarray]] = {engine: [] for engine in runs}
        for path in track(paths, name, console=console):
            image = zoo.preprocess.apply(path)
            for engine, run in runs.items():
                logs[engine].append(log_probabilities(run, image))
    stacked = {engine: np.stack(rows) for engine, rows in logs.items()}
    reference = next(iter(stacked.values()))
    return {engine: accuracy(log, reference, labels) for engine, log in stacked.items()}


def engines(name: str, folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Run]]:
    """What is compared, by name."""
    import edgert

    model = available()[name]
    yield "onnxruntime FP32", _onnxruntime(model.path)
    bundle = edgert.compile(model.path, precision="fp32").bundle
    yield "edgert FP32", edgert.load(bundle).run
    for observer in options.observers:
        report = edgert.compile(model.path, calibration=model.calibration(), observer=observer)
        yield f"edgert INT8 {observer}", edgert.load(report.bundle).run
    if options.dynamic:
        yield "edgert dynamic", edgert.load(edgert.compile(model.path).bundle).run
    if options.onnxruntime:
        from benchmarks.engines import onnxruntime_int8

        yield "onnxruntime INT8", _onnxruntime(onnxruntime_int8.prepare(model, folder))


def _onnxruntime(path: Path) -> Run:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda feed: session.run(None, feed)


def evaluation_images(zoo: ZooImages, limit: int | None) -> tuple[list[Path], np.ndarray]:
    """Image files and their class indices."""
    folder = ZOO / "data" / EVALUATION[zoo.folder]
    with (folder / "eval.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:limit]
    return [folder / "eval" / row["file"] for row in rows], np.array(
        [int(row["class_index"]) for row in rows]
    )


def log_probabilities(run: Run, image: np.ndarray) -> np.ndarray:
    """float64 [classes] of the model's only output, be it logits or probabilities."""
    scores = np.asarray(run({"input": image})[0], np.float64).reshape(-1)
    if scores.min() >= 0.0 and abs(scores.sum() - 1.0) < 1e-3:
        scores = np.log(np.maximum(scores, 1e-12))
    shifted = scores - scores.max()
    return shifted - np.log(np.exp(shifted).sum())


def accuracy(log: np.ndarray, reference: np.ndarray, labels: np.ndarray) -> Accuracy:
    """Of log probabilities [images, classes], against labels and against the float model."""
    top = log.argmax(axis=1)
    divergence = (np.exp(reference) * (reference - log)).sum(axis=1).mean()
    return Accuracy(
        100.0 * float((top == labels).mean()),
        100.0 * float((top == reference.argmax(axis=1)).mean()),
        float(divergence),
    )


def table(name: str, results: dict[str, Accuracy]) -> Table:
    """One model's figures."""
    shown = Table(title=name, title_justify="left")
    for column in ("engine", "top-1 %", "change", "agree %", "KL"):
        shown.add_column(column, justify="left" if column == "engine" else "right")
    first = next(iter(results.values()))
    for engine, a in results.items():
        change = f"{a.top1 - first.top1:+.2f}"
        shown.add_row(engine, f"{a.top1:.2f}", change, f"{a.agree:.2f}", f"{a.divergence:.5f}")
    return shown


def _options() -> argparse.Namespace:
    from edgert_compiler.quantization.observers import DEFAULT

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=list(zoo_images()))
    parser.add_argument("--observers", nargs="+", default=[DEFAULT])
    parser.add_argument("--limit", type=int, help="images per model; default: all")
    parser.add_argument("--dynamic", action="store_true", help="also without calibration data")
    parser.add_argument("--onnxruntime", action="store_true", help="also onnxruntime's own INT8")
    add_json_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
