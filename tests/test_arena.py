"""The arena as seen from a bundle, and its pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
import zlib

import pytest

from edgert._introspection import KernelInfo
from edgert.bundle import BundleReader
from edgert.cli.arena import residents, svg_picture, text_picture
from edgert_compiler.emit import BundleInfo, emit_bundle
from edgert_compiler.memory import plan_memory
from edgert_compiler.program.ir import DType, KernelCall, Storage, arena_tensor

from .memory.programs import inverted_residuals, port_tensor, program_of

KERNELS = {(name, 1): KernelInfo(name, 1, 0, ()) for name in ("conv", "depthwise", "pool", "k")}


def bundle_of(program) -> BundleReader:
    plan = plan_memory(program)
    return BundleReader(emit_bundle([(program, plan)], BundleInfo(), KERNELS, zlib.crc32)[:])


def test_residents_are_the_planned_buffers():
    bundle = bundle_of(inverted_residuals(blocks=1))
    narrow, wide = 28 * 28 * 16, 28 * 28 * 96
    found = [(r.end - r.begin, r.first, r.last, r.name) for r in residents(bundle)]
    assert found == [
        (narrow, 0, 3, "stem"),
        (wide, 1, 2, "expand0"),
        (wide, 2, 3, "depthwise0"),
        (narrow, 3, 4, "project0"),
    ]
    assert max(r.end for r in residents(bundle)) == bundle.root.programs[0].arena_size


def test_interleaved_parts_are_one_resident():
    whole = arena_tensor(DType.S8, (8, 8), "whole")
    parts = [whole.view((8, 4), (8, 1), start) for start in (0, 4)]
    source, target = port_tensor(Storage.INPUT, 64), port_tensor(Storage.OUTPUT, 64)
    calls = [KernelCall("k", (source,), (part,), name="n") for part in parts]
    bundle = bundle_of(program_of([*calls, KernelCall("k", (whole,), (target,))]))
    (only,) = residents(bundle)
    assert (only.begin, only.end, only.first, only.last) == (0, 64, 0, 2)


def test_text_picture():
    program = inverted_residuals(blocks=1)
    bundle = bundle_of(program)
    size = bundle.root.programs[0].arena_size
    picture = text_picture(residents(bundle), size, len(program.calls), height=13).splitlines()
    narrow = 28 * 28 * 16
    labels = [f"{narrow * n:>12,} |" for n in range(13, 0, -1)]
    assert [line[:14] for line in picture[:13]] == labels
    columns = ["".join(sorted(column)) for column in zip(*(line[14:] for line in picture[:13]))]
    assert columns == [
        "............a",
        "......abbbbbb",
        "abbbbbbcccccc",
        "......ccccccd",
        "............d",
    ]


@pytest.mark.parametrize("blocks", [1, 40])
def test_svg_picture_has_a_named_rectangle_per_resident(blocks):
    program = inverted_residuals(blocks)
    bundle = bundle_of(program)
    contents = residents(bundle)
    root = ElementTree.fromstring(
        svg_picture(contents, bundle.root.programs[0].arena_size, len(program.calls))
    )
    space = "{http://www.w3.org/2000/svg}"
    rectangles = root.findall(f"{space}rect")
    assert len(rectangles) == len(contents)
    assert rectangles[0].find(f"{space}title").text.startswith("stem: 12,544 bytes")
    assert all(float(r.get("x")) + float(r.get("width")) <= 1200.01 for r in rectangles)
    assert all(-0.01 <= float(r.get("y")) <= 440 for r in rectangles)


def test_empty_arena():
    assert text_picture([], 0, 3) == "the arena is empty"
