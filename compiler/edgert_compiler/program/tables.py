"""What passes over lookup_s8 calls share."""

from __future__ import annotations

import numpy as np

from edgert_compiler.program.ir import KernelCall, Tensor
from edgert_compiler.program.usage import Usage


def table_of(call: KernelCall) -> np.ndarray:
    """The table of a lookup_s8 call, u8 [256]."""
    table = call.inputs[1]
    assert table is not None
    assert table.buffer.data is not None
    data = table.buffer.data.reshape(-1).view(np.uint8)
    return data[table.offset : table.offset + 256]


def only_reader(usage: Usage, tensor: Tensor) -> int | None:
    """The position of the one call that reads the tensor's buffer, once; it has one writer too.

    Both run equally often.
    """
    reads, writes = usage.reads[tensor.buffer], usage.writes[tensor.buffer]
    if len(reads) != 1 or len(writes) != 1:
        return None
    reader, writer = (usage.calls[uses[0].position] for uses in (reads, writes))
    return reads[0].position if reader.region is writer.region else None
