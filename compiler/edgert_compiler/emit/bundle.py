"""Assembles the bundle file: FlatBuffer, constants region, footer. See docs/bundle.md."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgert._flatbuffers import bundle_schema, read_root
from edgert.bundle import FOOTER_MAGIC
from edgert_compiler.emit.constants import ALIGNMENT
from edgert_compiler.emit.flatbuffer import write_flatbuffer
from edgert_compiler.emit.params import KernelTable
from edgert_compiler.emit.tables import ProgramTables
from edgert_compiler.memory import MemoryPlan, verify_plan
from edgert_compiler.program.ir import Program

FORMAT = 1
_FOOTER = struct.Struct("<8sQ")
MIN_RUNTIME = "0.1.0"
PAGE_ALIGNMENT = 64 * 1024  # the largest page size of the kernels that matter (arm64)
PAGE_ALIGNED_FROM = 1024 * 1024


@dataclass(frozen=True)
class BundleInfo:
    """What a bundle carries beside its programs.

    `preprocessing` is the JSON of edgert.preprocess.Preprocess, "" where there is none.
    """

    target: str = ""
    preprocessing: str = ""
    labels: Sequence[str] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the model: a program of its own, and what another runtime has for it.

    `provider` is the name of that runtime, "" where there is none.
    """

    program: Program
    memory: MemoryPlan
    provider: str = ""
    payload: bytes = b""


def emit_bundle(
    programs: Sequence[tuple[Program, MemoryPlan]],
    info: BundleInfo,
    kernels: KernelTable,
    checksum: Callable[[memoryview], int],
    segments: Sequence[Segment] = (),
) -> mmap.mmap:
    """A bundle in memory that starts at a page; the same arguments give the same bytes.

    Memory plans are verified. `kernels` and `checksum` come from the runtime library. Raises
    CompileError where a call names a kernel or a parameter that the library does not have.
    """
    for program, plan in (*programs, *((part.program, part.memory) for part in segments)):
        verify_plan(program, plan)
    tables = ProgramTables(kernels)
    program_tables = [tables.program(program, plan) for program, plan in programs]
    states = [tables.states(program, plan) for program, plan in programs]
    assert all(other == states[0] for other in states), "programs of one bundle share their states"
    segment_tables = [_segment(tables, segment) for segment in segments]
    halves = tables.place_halves()
    head = write_flatbuffer(
        bundle_schema(),
        {
            "format": FORMAT,
            "min_runtime": MIN_RUNTIME,
            "target": info.target,
            "kernels": tables.kernels(),
            "operators": tables.operators(),
            "programs": program_tables,
            "constants_offset": 0,
            "constants_size": tables.constants.size,
            "preprocessing": info.preprocessing or None,
            "labels": info.labels or None,
            "metadata": [{"key": k, "value": v} for k, v in sorted(info.metadata.items())],
            "states": next(iter(states), None) or None,
            "segments": segment_tables or None,
            **halves,
        },
    )
    alignment = PAGE_ALIGNMENT if tables.constants.size >= PAGE_ALIGNED_FROM else ALIGNMENT
    start = -(-len(head) // alignment) * alignment
    end = start + tables.constants.size
    file = mmap.mmap(-1, end + _FOOTER.size)
    file[: len(head)] = head
    position = read_root(bundle_schema(), memoryview(head)).position_of("constants_offset")
    assert position is not None
    struct.pack_into("<Q", file, position, start)
    tables.constants.write_into(file, start)
    with memoryview(file) as whole, whole[:end] as body:
        digest = checksum(body)
    _FOOTER.pack_into(file, end, FOOTER_MAGIC, digest)
    return file


def _segment(tables: ProgramTables, segment: Segment) -> dict[str, Any]:
    payload = tables.constants.place_bytes(segment.payload) if segment.payload else 0
    return {
        "provider": segment.provider or None,
        "program": tables.program(segment.program, segment.memory),
        "payload_offset": payload,
        "payload_size": len(segment.payload),
    }
