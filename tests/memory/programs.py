"""Random and typical programs for planning; kernel names are arbitrary, only shapes matter."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from edgert_compiler.program import ir
from edgert_compiler.program.ir import (
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    Tensor,
    arena_tensor,
)


def program_of(calls: list[KernelCall]) -> Program:
    return Program((Port("x", DType.S8, (64,)),), (Port("y", DType.S8, (64,)),), tuple(calls))


def port_tensor(storage: Storage, nbytes: int) -> Tensor:
    return ir.port_tensor(storage, DType.S8, (nbytes,))


def random_program(seed: int, length: int, reach: int = 4, inplace: bool = True) -> Program:
    """Calls with up to three inputs from the last `reach` tensors, sometimes in place."""
    generator = random.Random(seed)
    values = [port_tensor(Storage.INPUT, 64)]
    calls = []
    for index in range(length):
        inputs = tuple(generator.choice(values[-reach:]) for _ in range(generator.randint(1, 3)))
        same = inplace and generator.random() < 0.4
        size = inputs[0].count if same else generator.choice((1, 63, 64, 65, 200, 1000, 5000))
        output = arena_tensor(DType.S8, (size,), f"t{index}")
        calls.append(
            KernelCall("k", inputs, (output,), name=f"n{index}", inplace=(0,) if same else ())
        )
        values.append(output)
        if generator.random() < 0.2:
            values.append(calls[-1].outputs[0].view((max(size // 2, 1),), (1,), size // 4))
    calls.append(KernelCall("k", (values[-1],), (port_tensor(Storage.OUTPUT, 64),), name="last"))
    return program_of(calls)


def inverted_residuals(blocks: int, side: int = 28, channels: int = 16) -> Program:
    """Expand, depthwise, project and a residual addition per block, as in MobileNetV2."""
    value = arena_tensor(DType.S8, (side, side, channels))
    calls = [KernelCall("conv", (port_tensor(Storage.INPUT, 64),), (value,), name="stem")]
    for block in range(blocks):
        wide = arena_tensor(DType.S8, (side, side, 6 * channels))
        middle = arena_tensor(DType.S8, (side, side, 6 * channels))
        narrow = arena_tensor(DType.S8, (side, side, channels))
        calls += [
            KernelCall("conv", (value,), (wide,), name=f"expand{block}"),
            KernelCall("depthwise", (wide,), (middle,), name=f"depthwise{block}"),
            KernelCall("conv", (middle, value), (narrow,), name=f"project{block}", inplace=(1,)),
        ]
        value = narrow
    calls.append(KernelCall("pool", (value,), (port_tensor(Storage.OUTPUT, 64),), name="pool"))
    return program_of(calls)


def branches(width: int, depth: int, seed: int = 0) -> Program:
    """`width` chains of `depth` calls from one tensor, listed breadth first, then joined."""
    generator = random.Random(seed)
    source = arena_tensor(DType.S8, (1000,))
    calls = [KernelCall("conv", (port_tensor(Storage.INPUT, 64),), (source,), name="stem")]
    heads = [source] * width
    for level in range(depth):
        for branch in range(width):
            size = 64 if level == depth - 1 else generator.choice((2000, 4000, 8000))
            target = arena_tensor(DType.S8, (size,))
            calls.append(KernelCall("conv", (heads[branch],), (target,), name=f"b{branch}.{level}"))
            heads[branch] = target
    calls.append(KernelCall("join", tuple(heads), (port_tensor(Storage.OUTPUT, 64),), name="join"))
    return program_of(calls)


programs = st.builds(
    random_program, st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 8), st.booleans()
)
