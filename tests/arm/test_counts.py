"""Counting instructions on emulated CPUs: the tools of benchmarks/arm."""

from __future__ import annotations

import pytest

from benchmarks.arm import check, engines, models, page, symbols
from benchmarks.arm.core import BUILD, EmulatedCore
from benchmarks.arm.debian import EngineCounts
from benchmarks.arm.emulator import CPUS, Block, Emulator, require
from benchmarks.arm.rows import Row
from tests.arm.conftest import exclusive

WHERE = "net on cortex-a72"


def changes(load: int, run: int) -> list[str]:
    stored = {WHERE: {"load": 1000, "run": 1_000_000}}
    return list(map(str, check.changes({WHERE: {"load": load, "run": run}}, stored)))


def test_counts_within_the_tolerance_are_no_change():
    assert changes(1019, 981_000) == []


def test_change_says_what_became_worse_or_better():
    (worse,) = changes(1000, 1_100_000)
    assert worse == "run, net on cortex-a72: 1.10 M instructions instead of 1.00 M (+10.0 %)"
    found = check.changes(
        {WHERE: {"load": 900, "run": 1_100_000}}, {WHERE: {"load": 1000, "run": 1_000_000}}
    )
    assert [change.worse for change in found] == [False, True]


def test_advice_names_another_compiler():
    assert "--accept" in check.advice("12.2.0", "12.2.0")
    assert "12.2.0" not in check.advice("12.2.0", "12.2.0")
    assert "14.1.0" in check.advice("14.1.0", "12.2.0")


def test_every_checked_network_has_stored_counts():
    stored = check.read()
    places = {f"{name} on {cpu}" for name in models.OWN for cpu in check.CHECKED}
    assert set(stored["edgert"]) == set(stored["litert"]) == places


def test_instructions_are_attributed_to_functions():
    functions = symbols.parse_functions(
        "0000000000000200 0000000000000020 t edgert::(anonymous namespace)::b<Neon>(int*, int)\n"
        "0000000000000100 0000000000000040 T edgert_a\n"
        "                 U memcpy\n"
    )
    blocks = [Block(0x1200, 8, 5), Block(0x1100, 4, 1), Block(0x113C, 1, 2), Block(0x1140, 3, 1)]
    found = symbols.attribute([*blocks, Block(0x10, 1, 7)], functions, base=0x1000)
    assert found == {"b<Neon>": 40, "edgert_a": 6, symbols.OTHER: 10}


def test_page_has_a_cell_for_every_cpu(tmp_path):
    counts = {"edgert": EngineCounts(20_000_000, 1_000_000), "litert": EngineCounts(40_000_000, 2)}
    path = tmp_path / "arm.md"
    path.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write([Row("net", "int8", cpu, counts) for cpu in ("cortex-a53", "i8mm")], path)
    text = path.read_text()
    assert "| model | cortex-a53 | i8mm |" in text
    assert "| net | 20 / 40 (0.50) | 20 / 40 (0.50) |" in text
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text


def test_page_without_a_place_is_refused(tmp_path):
    (tmp_path / "arm.md").write_text("nothing")
    with pytest.raises(SystemExit, match="no place for tables"):
        page.write([], tmp_path / "arm.md")


def test_missing_tool_is_named_with_its_package():
    with pytest.raises(SystemExit, match="no-such-tool is missing: apt-get install its-package"):
        require("no-such-tool", "its-package")


@pytest.fixture(scope="module")
def core():
    with exclusive(BUILD / ".lock"):
        return EmulatedCore(Emulator())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counts")
    return engines.prepare("edgert", models.own("resnet8", folder), "int8", folder)


@pytest.mark.arm
def test_counts_are_the_same_every_time(core, bundle):
    first, second = (core.count(CPUS["cortex-a72"], bundle) for _ in range(2))
    assert first.run == pytest.approx(second.run, rel=1e-3)
    assert first.load == pytest.approx(second.load, rel=1e-3)


@pytest.mark.arm
def test_functions_add_up_and_are_those_of_the_cpu(core, bundle):
    cpu = CPUS["cortex-a76"]
    found = core.count_symbols(cpu, bundle)
    assert sum(found.values()) == pytest.approx(core.count(cpu, bundle).run, rel=1e-3)
    (name, count), *_ = found.items()
    assert "Dotprod" in name and count > sum(found.values()) / 2
