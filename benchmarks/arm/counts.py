"""edgert beside LiteRT on emulated ARM CPUs: the instructions of a run, and of the start.

    python benchmarks/arm/counts.py
    python benchmarks/arm/counts.py --models resnet20_cifar10 --cpus cortex-a72 --onnxruntime
    python benchmarks/arm/counts.py --models my.onnx --precisions fp32
    python benchmarks/arm/counts.py --models resnet8 --symbols 20

All of it from Python, with one thread, on noise. "start" is the import, loading and the first run
in a process that has numpy. A ratio is edgert's count by LiteRT's. --symbols counts edgert's core
alone instead, by function.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from benchmarks.arm import engines, models, page
    from benchmarks.arm.core import EmulatedCore
    from benchmarks.arm.debian import Debian
    from benchmarks.arm.emulator import CPUS, Emulator
    from benchmarks.arm.rows import Row
    from benchmarks.results import add_json_option, write_json
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    sys.exit(f"{package} is not installed; run, in the clone: pip install '.[bench]' ./compiler")

console = Console(highlight=False)


def main() -> None:
    """Parses options, counts, prints tables, writes JSON and the page."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        if options.symbols:
            for table in symbol_tables(options, Path(folder)):
                console.print(table)
            return
        rows = list(count(options, Path(folder)))
    for precision in options.precisions:
        console.print(table_of([row for row in rows if row.precision == precision], precision))
    write_json(options.json, [row.figures() for row in rows])
    if options.docs:
        page.write(rows)


def count(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """A row for each model, precision and CPU."""
    names = ["edgert", "litert", *(["onnxruntime"] if options.onnxruntime else [])]
    with (
        Progress(console=console, transient=True) as progress,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        task = progress.add_task("preparing an arm64 Debian", total=None)
        debian = Debian(Emulator(), names)
        rows = [(name, p, c) for name in options.models for p, c in places(options)]
        progress.reset(task, total=len(rows))
        for (name, precision), group in groupby(rows, key=lambda row: row[:2]):
            progress.update(task, description=f"{name}, {precision}")
            model = models.find(name, folder)
            paths = {engine: engines.prepare(engine, model, precision, folder) for engine in names}
            counting = {
                cpu: {e: pool.submit(debian.count, e, CPUS[cpu], paths[e], model) for e in names}
                for _, _, cpu in group
            }
            for cpu, futures in counting.items():
                counts = {engine: future.result() for engine, future in futures.items()}
                yield Row(model.name, precision, cpu, counts)
                progress.advance(task)


def places(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """What each model is counted in: precision and CPU."""
    for precision in options.precisions:
        for cpu in options.cpus or engines.CPUS[precision]:
            yield precision, cpu


def table_of(rows: list[Row], precision: str) -> Table:
    """Million instructions, a row for each model and CPU."""
    result = Table(title=f"million instructions, {precision}, one thread", title_justify="left")
    for column in ("model", "CPU"):
        result.add_column(column, overflow="fold")
    engines_of = list(rows[0].counts)
    for what in ("run", "start"):
        for name in (*engines_of, "ratio"):
            result.add_column(f"{what}\n{name}", justify="right")
    for row in rows:
        cells = [row.model, row.cpu]
        for what in ("run", "start"):
            cells += [f"{row.millions(name, what):.2f}" for name in engines_of]
            cells.append(f"{row.ratio(what):.2f}")
        result.add_row(*cells)
    return result


def symbol_tables(options: argparse.Namespace, folder: Path) -> Iterator[Table]:
    """The functions with most instructions, a table for each model, precision and CPU."""
    core = EmulatedCore(Emulator())
    for name in options.models:
        model = models.find(name, folder)
        for precision, cpu in places(options):
            bundle = engines.prepare("edgert", model, precision, folder)
            counts = core.count_symbols(CPUS[cpu], bundle)
            yield symbol_table(f"{model.name}, {precision} on {cpu}", counts, options.symbols)


def symbol_table(title: str, counts: dict[str, int], limit: int) -> Table:
    """The first `limit` functions, and all together."""
    result = Table(title=title, title_justify="left")
    result.add_column("function", overflow="fold")
    result.add_column("M", justify="right")
    result.add_column("share", justify="right")
    total = sum(counts.values())
    for name, number in list(counts.items())[:limit]:
        result.add_row(name, f"{number / 1e6:.2f}", f"{100 * number / total:.0f} %")
    result.add_section()
    result.add_row("all", f"{total / 1e6:.2f}", "")
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--models",
        nargs="+",
        metavar="MODEL",
        help=f"{', '.join(models.OWN)}, a file of the zoo, a path; default: most of the zoo",
    )
    parser.add_argument("--cpus", nargs="+", choices=list(CPUS), help="default: by precision")
    parser.add_argument("--precisions", nargs="+", choices=list(engines.CPUS), default=["int8"])
    parser.add_argument("--onnxruntime", action="store_true", help="count onnxruntime, too")
    parser.add_argument("--symbols", type=int, metavar="N", help="the N largest functions")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/arm.md")
    add_json_option(parser)
    options = parser.parse_args()
    if options.docs and not (options.models or models.zoo()):
        parser.error("the tables are of models of the zoo; EDGERT_ZOO names their folder")
    options.models = options.models or models.zoo() or list(models.OWN)
    return options


if __name__ == "__main__":
    main()
