"""Assembles the bundle file: FlatBuffer, constants region, footer. See docs/bundle.md."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from edgert._flatbuffers import bundle_schema, read_root
from edgert.bundle import FOOTER_MAGIC
from edgert.compiler.emit.constants import ALIGNMENT
from edgert.compiler.emit.flatbuffer import write_flatbuffer
from edgert.compiler.emit.params import KernelTable
from edgert.compiler.emit.tables import ProgramTables
from edgert.compiler.memory import MemoryPlan, verify_plan
from edgert.compiler.program.ir import Program

FORMAT = 1
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


def emit_bundle(
    programs: Sequence[tuple[Program, MemoryPlan]],
    info: BundleInfo,
    kernels: KernelTable,
    checksum: Callable[[bytes], int],
) -> bytes:
    """The bytes of a bundle; the same arguments give the same bytes. Memory plans are verified.

    `kernels` and `checksum` come from the runtime library. Raises CompileError where
    a call names a kernel or a parameter that the library does not have.
    """
    for program, plan in programs:
        verify_plan(program, plan)
    tables = ProgramTables(kernels)
    program_tables = [tables.program(program, plan) for program, plan in programs]
    states = [tables.states(program, plan) for program, plan in programs]
    assert all(other == states[0] for other in states), "programs of one bundle share their states"
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
        },
    )
    alignment = PAGE_ALIGNMENT if tables.constants.size >= PAGE_ALIGNED_FROM else ALIGNMENT
    start = -(-len(head) // alignment) * alignment
    file = bytearray(start + tables.constants.size)
    file[: len(head)] = head
    position = read_root(bundle_schema(), memoryview(head)).position_of("constants_offset")
    assert position is not None
    struct.pack_into("<Q", file, position, start)
    tables.constants.write_into(file, start)
    body = bytes(file)
    return body + FOOTER_MAGIC + struct.pack("<Q", checksum(body))
