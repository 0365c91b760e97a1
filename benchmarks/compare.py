"""edgert against its peers on this machine: latency, start-up, memory, size, in one run.

    python benchmarks/compare.py
    python benchmarks/compare.py --models mobilenet_v2_100 --threads 1 --rounds 30 --json out.json

Engines take turns, round by round, so that a machine that slows down slows all of them. Latency is
shown as minimum and median; a ratio is the median over rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
try:
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from benchmarks import engines, processes
    from benchmarks.models import Model, available
    from benchmarks.results import add_json_option, write_json
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    sys.exit(f"{package} is not installed; run, in the clone: pip install '.[bench]' ./compiler")

REFERENCE = "onnxruntime"
RUNS_PER_ROUND = 10
console = Console(highlight=False)


def main() -> None:
    """Parses options, measures each model, prints tables, writes JSON."""
    options = _options()
    models = available()
    found = engines.available()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models or models:
            results[name] = compare(models[name], found, Path(folder), options)
            console.print(table(name, results[name], options.threads))
    write_json(options.json, results)


def compare(model: Model, found: dict, folder: Path, options: argparse.Namespace) -> dict:
    """All figures of one model: {engine: {figure: value}}."""
    console.print(f"[dim]{model.name}: preparing …[/dim]")
    paths = {name: engine.prepare(model, folder) for name, engine in found.items()}
    feed = model.feed()
    feed_path = folder / f"{model.name}.npz"
    np.savez(feed_path, **feed)
    sessions = {name: found[name].load(paths[name], options.threads) for name in found}
    seconds = latency(sessions, feed, options.rounds)
    del sessions
    fresh = {name: [] for name in found}
    for _ in range(options.starts):
        for name, engine in found.items():
            fresh[name].append(
                processes.measure(engine.__name__, paths[name], feed_path, options.threads)
            )
    return {name: _figures(name, seconds, fresh, paths) for name in found}


def latency(
    sessions: dict[str, Callable], feed: dict[str, np.ndarray], rounds: int
) -> dict[str, list[float]]:
    """The best latency of each round, in seconds, for each engine; rounds are interleaved."""
    for run in sessions.values():
        for _ in range(RUNS_PER_ROUND):
            run(feed)
    result: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(rounds):
        for name, run in sessions.items():
            times = []
            for _ in range(RUNS_PER_ROUND):
                started = time.perf_counter()
                run(feed)
                times.append(time.perf_counter() - started)
            result[name].append(statistics.median(times))
    return result


def _figures(name: str, seconds: dict, fresh: dict, paths: dict) -> dict[str, float]:
    def ratio(values: dict[str, list[float]]) -> float:
        pairs = zip(values[name], values.get(REFERENCE, values[name]))
        return statistics.median(mine / other for mine, other in pairs)

    starts = {n: [f["first_run_s"] for f in runs] for n, runs in fresh.items()}
    memory = {n: [f["resident_bytes"] for f in runs] for n, runs in fresh.items()}
    return {
        "latency_min_ms": min(seconds[name]) * 1e3,
        "latency_median_ms": statistics.median(seconds[name]) * 1e3,
        "latency_ratio": ratio(seconds),
        "startup_median_ms": statistics.median(starts[name]) * 1e3,
        "startup_ratio": ratio(starts),
        "resident_mb": statistics.median(memory[name]) / 1e6,
        "resident_ratio": ratio(memory),
        "file_mb": paths[name].stat().st_size / 1e6,
    }


def table(model: str, results: dict, threads: int) -> Table:
    """The figures of one model, an engine a row."""
    result = Table(title=f"{model}, INT8, {threads} thread(s)", title_justify="left")
    result.add_column("engine")
    for column in (
        "min ms",
        "median ms",
        "ratio",
        "start ms",
        "ratio",
        "RSS MB",
        "ratio",
        "file MB",
    ):
        result.add_column(column, justify="right")
    for name, figures in results.items():
        result.add_row(name, *(f"{value:.2f}" for value in figures.values()))
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--models", nargs="*", choices=list(available()), help="default: all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20, help="interleaved rounds of latency")
    parser.add_argument("--starts", type=int, default=7, help="fresh processes per engine")
    add_json_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
