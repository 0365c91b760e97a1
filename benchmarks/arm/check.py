"""Has the core become slower? Its instructions on emulated CPUs, beside those of `stored.json`.

    python benchmarks/arm/check.py            fails where there are more by over 2 %
    python benchmarks/arm/check.py --accept   stores what is counted
    python benchmarks/arm/check.py --litert   counts LiteRT anew, too, and stores that

Two networks, INT8, on a Cortex-A72 and a Cortex-A76: loading the bundle, and one run of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from benchmarks.arm import engines, models
    from benchmarks.arm.core import EmulatedCore
    from benchmarks.arm.debian import PACKAGES, Debian
    from benchmarks.arm.emulator import CPUS, HERE, Emulator
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    sys.exit(f"{package} is not installed; run, in the clone: pip install '.[bench]' ./compiler")

STORED = HERE / "stored.json"
CHECKED = ("cortex-a72", "cortex-a76")
TOLERANCE = 0.02
COUNTED = ("load", "run")
Counts = Mapping[str, Mapping[str, int]]  # {"network on CPU": {"load", "run": instructions}}
console = Console(highlight=False)


@dataclass(frozen=True)
class Change:
    """A count that is not what was stored."""

    what: str
    stored: int
    counted: int

    @property
    def worse(self) -> bool:
        return self.counted > self.stored

    def __str__(self) -> str:
        percent = 100 * (self.counted / self.stored - 1)
        return (
            f"{self.what}: {self.counted / 1e6:.2f} M instructions instead of "
            f"{self.stored / 1e6:.2f} M ({percent:+.1f} %)"
        )


def main() -> None:
    """Counts, compares or stores, and prints."""
    options = _options()
    stored = read()
    emulator = Emulator()
    core = EmulatedCore(emulator)
    with tempfile.TemporaryDirectory() as folder:
        counts = count_core(core, Path(folder))
        if options.litert:
            litert = count_litert(Debian(emulator, ["litert"]), Path(folder))
            stored |= {"litert_version": PACKAGES["ai-edge-litert"], "litert": litert}
    console.print(table(counts, stored))
    if options.accept or options.litert:
        stored |= {"compiler": core.compiler, "edgert": counts}
        STORED.write_text(json.dumps(stored, indent=2) + "\n")
        return
    found = list(changes(counts, stored["edgert"]))
    for change in found:
        console.print(f"{'[red]worse' if change.worse else '[green]better'}[/]  {change}")
    if found:
        console.print(advice(core.compiler, stored["compiler"]))
    sys.exit(any(change.worse for change in found))


def read() -> dict:
    """The file: versions, and the counts of each engine."""
    return json.loads(STORED.read_text())


def count_core(core: EmulatedCore, folder: Path) -> dict[str, dict[str, int]]:
    """Loading and a run of each network on each CPU, through the C interface."""
    result = {}
    for name in track(models.OWN, "edgert", console=console, transient=True):
        bundle = engines.prepare("edgert", models.own(name, folder), "int8", folder)
        for cpu in CHECKED:
            counted = core.count(CPUS[cpu], bundle)
            result[f"{name} on {cpu}"] = {"load": counted.load, "run": counted.run}
    return result


def count_litert(debian: Debian, folder: Path) -> dict[str, dict[str, int]]:
    """A run of each network on each CPU, from Python."""
    result = {}
    for name in track(models.OWN, "LiteRT", console=console, transient=True):
        model = models.own(name, folder)
        path = engines.prepare("litert", model, "int8", folder)
        for cpu in CHECKED:
            result[f"{name} on {cpu}"] = {"run": debian.count("litert", CPUS[cpu], path, model).run}
    return result


def changes(counts: Counts, stored: Counts) -> Iterator[Change]:
    """What differs from what was stored by more than the tolerance."""
    for name, counted in counts.items():
        for what in COUNTED:
            before = stored[name][what]
            if abs(counted[what] / before - 1) > TOLERANCE:
                yield Change(f"{what}, {name}", before, counted[what])


def advice(compiler: str, stored: str) -> str:
    """What to do about changes."""
    text = "If that is meant: python benchmarks/arm/check.py --accept"
    if compiler != stored:
        text += f"\nThe stored counts are of g++ {stored}, these of {compiler}: a reason, perhaps."
    return text


def table(counts: Counts, stored: Mapping) -> Table:
    """Million instructions, with the stored ones and LiteRT's."""
    result = Table(title="million instructions, INT8, one thread", title_justify="left")
    result.add_column("network, CPU")
    for column in ("load", "stored", "run", "stored", "LiteRT", "ratio"):
        result.add_column(column, justify="right")
    for name, counted in counts.items():
        before, litert = (stored[engine].get(name, {}) for engine in ("edgert", "litert"))
        values = [value for what in COUNTED for value in (counted[what], before.get(what))]
        values.append(litert.get("run"))
        ratio = f"{counted['run'] / litert['run']:.2f}" if litert else "-"
        result.add_row(name, *("-" if v is None else f"{v / 1e6:.2f}" for v in values), ratio)
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accept", action="store_true", help=f"write {STORED.name}")
    parser.add_argument("--litert", action="store_true", help="with LiteRT's counts, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
