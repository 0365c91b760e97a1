"""`edgert bench`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgert.cli.inputs import load_inputs, random_inputs
from edgert.cli.output import console, milliseconds, print_json, size, table

if TYPE_CHECKING:
    import numpy as np

    from edgert.session import InferenceSession


@click.command("bench")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--threads", type=click.IntRange(1), help="Threads; default: what this process may use."
)
@click.option("--runs", type=click.IntRange(1), default=100, show_default=True, help="Timed runs.")
@click.option(
    "--warmup", type=click.IntRange(0), default=10, show_default=True, help="Runs before."
)
@click.option("--input", "inputs", multiple=True, metavar="NAME=FILE", help="Default: random data.")
@click.option("--profile", is_flag=True, help="Also print the time of each kernel call.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bundle: Path,
    threads: int | None,
    runs: int,
    warmup: int,
    inputs: tuple[str, ...],
    profile: bool,
    as_json: bool,
) -> None:
    """Measure the latency of BUNDLE on this machine.

    \b
    Examples:
      edgert bench model.edgert
      edgert bench model.edgert --threads 1 --profile
      edgert bench model.edgert --json
    """
    import edgert

    started = time.perf_counter()
    session = edgert.InferenceSession(bundle, num_threads=threads)
    load_seconds = time.perf_counter() - started
    feed = load_inputs(session, inputs) if inputs else random_inputs(session)

    first, *_ = _time(session, feed, 1)
    _time(session, feed, warmup)
    seconds = sorted(_time(session, feed, runs))
    result: dict[str, Any] = {
        "bundle": str(bundle),
        "isa": session.isa,
        "threads": session.num_threads,
        "bundle_bytes": bundle.stat().st_size,
        "memory_bytes": session.memory_bytes,
        "load_ms": load_seconds * 1e3,
        "first_ms": first * 1e3,
        "runs": runs,
        "latency_ms": {
            "min": seconds[0] * 1e3,
            "median": _percentile(seconds, 50) * 1e3,
            "mean": sum(seconds) / runs * 1e3,
            "p90": _percentile(seconds, 90) * 1e3,
            "p99": _percentile(seconds, 99) * 1e3,
            "max": seconds[-1] * 1e3,
        },
    }
    calls = _profile(session, feed) if profile else []
    if as_json:
        print_json({**result, "calls": calls} if profile else result)
        return
    console.print(
        f"{bundle}: {size(result['bundle_bytes'])}, {result['isa']}, "
        f"{result['threads']} thread(s), {size(result['memory_bytes'])} working memory"
    )
    console.print(f"load {milliseconds(load_seconds)}, first run {milliseconds(first)}")
    latency = "  ".join(f"{name} {ms:.3f}" for name, ms in result["latency_ms"].items())
    console.print(f"latency over {runs} runs, ms:  {latency}")
    if profile:
        total = sum(call["ms"] for call in calls)
        rows = [
            (
                i,
                call["kernel"],
                f"{call['ms']:.4f}",
                f"{100 * call['ms'] / total:.1f}",
                call["name"],
            )
            for i, call in enumerate(calls)
        ]
        console.print(table("", ["#", "KERNEL", "MS", "%", "NODE"], rows))


def _time(session: InferenceSession, feed: dict[str, np.ndarray], runs: int) -> list[float]:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        session.run(None, feed)
        seconds.append(time.perf_counter() - started)
    return seconds


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
