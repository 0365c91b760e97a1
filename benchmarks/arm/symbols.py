"""Which functions the instructions of a run are in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arm.emulator import Block, require, run

OTHER = "other libraries"


@dataclass(frozen=True)
class Function:
    """Code of a library from `start` to before `end`, relative to where the library is loaded."""

    start: int
    end: int
    name: str


def read_functions(library: Path) -> list[Function]:
    """The functions of a library that was not stripped, by address."""
    nm = require("aarch64-linux-gnu-nm", "g++-aarch64-linux-gnu")
    return parse_functions(run(nm, "--demangle", "--print-size", "--defined-only", library))


def parse_functions(listing: str) -> list[Function]:
    """Of what nm prints: address, size, type and name."""
    rows = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) [tTwW] (.*)$", listing, re.MULTILINE)
    functions = [
        Function(int(at, 16), int(at, 16) + int(n, 16), short(name)) for at, n, name in rows
    ]
    return sorted(functions, key=lambda function: function.start)


def short(name: str) -> str:
    """A demangled name without the namespace that all have in common, and without parameters.

    Template arguments stay; they tell the tiles of a microkernel apart.
    """
    name = name.replace("(anonymous namespace)::", "").replace("edgert::", "")
    return name.partition("(")[0].removeprefix("void ")


def attribute(
    histogram: Iterable[Block], functions: Sequence[Function], base: int
) -> dict[str, int]:
    """Instructions by function, most first; `base` is where the library was loaded."""
    starts = [function.start for function in functions]
    result: Counter[str] = Counter()
    for block in histogram:
        address = block.address - base
        found = functions[max(bisect_right(starts, address) - 1, 0)]
        name = found.name if found.start <= address < found.end else OTHER
        result[name] += block.instructions * block.executions
    return dict(result.most_common())
