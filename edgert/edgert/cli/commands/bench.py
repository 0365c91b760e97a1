"""`edgert bench`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgert.cli import options
from edgert.cli.calls import kernel_summary, show_profile
from edgert.cli.inputs import load_inputs, planned_shapes, random_inputs
from edgert.cli.output import number, print_json, show, size, table

if TYPE_CHECKING:
    import numpy as np
    from rich.table import Table

    from edgert.session import InferenceSession


@click.command("bench")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--threads", type=click.IntRange(1), help="Default: all that this process may use.")
@click.option("--runs", type=click.IntRange(1), default=100, show_default=True, help="Timed runs.")
@click.option(
    "--warmup", type=click.IntRange(0), default=10, show_default=True, help="Runs before."
)
@click.option("--input", "inputs", multiple=True, metavar="NAME=FILE", help="Default: random data.")
@options.PLANNED_SHAPE
@options.delegation
@click.option(
    "--profile",
    is_flag=True,
    help="Also print the time of each kernel, and of each call, the slowest first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bundle: Path,
    threads: int | None,
    runs: int,
    warmup: int,
    inputs: tuple[str, ...],
    input_shapes: tuple[str, ...],
    profile: bool,
    as_json: bool,
    **delegation: Any,
) -> None:
    """Measure the latency of BUNDLE on this machine.

    \b
    Examples:
      edgert bench model.edgert
      edgert bench model.edgert --threads 1 --profile
      edgert bench model.edgert --input-shape input:1,3,320,320
      edgert bench model.edgert --delegate auto
      edgert bench model.edgert --json
    """
    import numpy as np

    import edgert
    from edgert import _core

    open_session = edgert.InferenceSession
    _core.version()  # loading the library is not loading the bundle
    started = time.perf_counter()
    session = open_session(bundle, num_threads=threads, **delegation)
    load_seconds = time.perf_counter() - started
    shapes = planned_shapes(session, options.parse_shapes(input_shapes))
    feed = load_inputs(session, inputs) if inputs else random_inputs(session, shapes)

    first, *_ = _time(session, feed, 1)
    _time(session, feed, warmup)
    result: dict[str, Any] = {
        "bundle": str(bundle),
        "isa": session.isa,
        "threads": session.num_threads,
        "bundle_bytes": bundle.stat().st_size,
        "memory_bytes": session.memory_bytes,
        "input_shapes": {name: np.shape(array) for name, array in feed.items()},
        "load_ms": load_seconds * 1e3,
        "first_ms": first * 1e3,
        "runs": runs,
        "latency_ms": _statistics(_time(session, feed, runs)),
    }
    if session.get_providers() != ["CPU"]:
        result["partitions"] = [part._asdict() for part in session.get_partitions()]
    if profile:
        result["calls"] = _profile(session, feed)
        result["kernels"] = kernel_summary(result["calls"])
    if as_json:
        print_json(result)
    else:
        _print(result)


def _print(result: dict[str, Any]) -> None:
    threads = "1 thread" if result["threads"] == 1 else f"{result['threads']} threads"
    show(
        f"{result['bundle']}: {size(result['bundle_bytes'])}, {result['isa']}, {threads}, "
        f"{size(result['memory_bytes'])} working memory"
    )
    show(f"load {result['load_ms']:.3f} ms, first run {result['first_ms']:.3f} ms")
    latency = "  ".join(f"{name} {ms:.3f}" for name, ms in result["latency_ms"].items())
    show(f"latency over {result['runs']} runs, ms:  {latency}")
    if "partitions" in result:
        show("")
        show(_partition_table(result["partitions"]))
    if "calls" in result:
        show_profile(result["calls"])


def _partition_table(partitions: list[dict[str, Any]]) -> Table:
    rows = [
        (
            part["name"],
            part["provider"],
            ", ".join(f"{name} {number(ms, 3)} ms" for name, ms in part["measured_ms"].items()),
            len(part["nodes"]),
        )
        for part in partitions
    ]
    return table(["PARTITION", "RUNS ON", "MEASURED", "CALLS ON THE CPU"], rows)


def _time(session: InferenceSession, feed: dict[str, np.ndarray], runs: int) -> list[float]:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        session.run(None, feed)
        seconds.append(time.perf_counter() - started)
    return seconds


def _statistics(seconds: list[float]) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(1e3 * value for value in seconds)
    return {
        "min": ordered[0],
        "median": _percentile(ordered, 50),
        "mean": sum(ordered) / len(ordered),
        "p90": _percentile(ordered, 90),
        "p99": _percentile(ordered, 99),
        "max": ordered[-1],
    }


def _percentile(ordered: list[float], percent: int) -> float:
    """The nearest-rank percentile of an ascending list."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _profile(
    session: InferenceSession, feed: dict[str, np.ndarray], runs: int = 20
) -> list[dict[str, Any]]:
    """The median time of each call, in order of execution."""
    samples = [session.profile(feed) for _ in range(runs)]
    return [
        {
            "kernel": calls[0].kernel,
            "name": calls[0].name,
            "ms": sorted(call.nanoseconds for call in calls)[runs // 2] / 1e6,
        }
        for calls in zip(*samples)
    ]
