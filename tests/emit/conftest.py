"""A small library description, so that emission is tested without the native core."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from edgert._introspection import KernelInfo, ParamField
from edgert_compiler.emit import BundleInfo, emit_bundle
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.memory.plan import MemoryPlan
from edgert_compiler.program.ir import (
    Buffer,
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)

KERNELS = {
    ("scale", 1): KernelInfo(
        "scale", 1, 16, (ParamField("axis", "i", 0, 1), ParamField("factor", "f", 4, 3))
    ),
    ("elementwise", 2): KernelInfo("elementwise", 2, 0, ()),
}


def small_program(weights: int = 8) -> tuple[Program, MemoryPlan]:
    """input -> scale(with two equal constants) -> elementwise -> a strided view of the output"""
    source = Tensor(Buffer(Storage.INPUT, 32, port=0), DType.F32, (2, 4), (4, 1), name="x")
    middle = arena_tensor(DType.S8, (2, 4), "middle", QuantParams(0.5, -3))
    target = Tensor(Buffer(Storage.OUTPUT, 64, port=0), DType.F32, (2, 4), (8, 2), offset=4)
    values = np.arange(weights, dtype=np.float32)
    calls = (
        KernelCall(
            "scale",
            (source, None, constant_tensor(values), constant_tensor(values.copy())),
            (middle,),
            {"axis": -7, "factor": (1.5, float("-inf"))},
            name="node_1",
        ),
        KernelCall(
            "elementwise",
            (middle,),
            (target,),
            instructions=(Instruction("add", 3, (1, 2), (0.25,)), Instruction("relu", 0, (3,))),
            version=2,
        ),
    )
    ports = (Port("x", DType.F32, (2, 4)),), (Port("y", DType.F32, (2, 4, 2)),)
    return Program(*ports, calls), MemoryPlan({middle.buffer: 128}, 192, 64)


@pytest.fixture
def emit():
    def emit_small(program_and_plan=None, **info) -> bytes:
        return emit_bundle(
            [program_and_plan or small_program()],
            BundleInfo(target="host", **info),
            KERNELS,
            zlib.crc32,
        )[:]

    return emit_small
