"""What lies in a bundle's arena when, and pictures of it: time across, addresses upwards."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from edgert._flatbuffers import Table, bundle_schema
from edgert.bundle import BundleReader
from edgert.errors import BundleError

_ITEM_SIZES = {
    "f64": 8,
    "s64": 8,
    "u64": 8,
    "f32": 4,
    "s32": 4,
    "u32": 4,
    "f16": 2,
    "bf16": 2,
    "s16": 2,
    "u16": 2,
}
SYMBOLS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass
class Resident:
    """Bytes [begin, end) of the arena that calls `first` to `last` (included) use for one thing."""

    begin: int
    end: int
    first: int
    last: int
    name: str
    strides: tuple[int, ...] | None = None

    def __str__(self) -> str:
        size = self.end - self.begin
        calls = f"calls {self.first} to {self.last}"
        return f"{self.name}: {size:,} bytes at {self.begin:,}, {calls}"

    def overlaps(self, begin: int, end: int) -> bool:
        """Whether they share bytes."""
        return self.begin < end and begin < self.end


def residents(bundle: BundleReader, program: int = 0) -> list[Resident]:
    """The contents of the arena over time, in order of first use.

    Follows writes and reads: a write begins a new resident, or adds to one that is written in
    interleaved parts (a concatenation along channels); reads prolong what they touch. States come
    first and are there throughout.
    """
    table = bundle.root.programs[program]
    states = _states(bundle, table)
    found: list[Resident] = [*states]
    current: list[Resident] = []
    for index, call in enumerate(table.calls or ()):
        for _, begin, end in _arena_tensors(bundle, table, call.inputs):
            for resident in current:
                if resident.overlaps(begin, end):
                    resident.last = index
        for tensor, begin, end in _arena_tensors(bundle, table, call.outputs):
            if any(state.overlaps(begin, end) for state in states):
                continue
            new = Resident(begin, end, index, index, tensor.name or call.name or "", tensor.strides)
            current = _written(current, found, new)
    for control, body, kernel in bundle.bodies(table):
        if kernel == "loop":
            _prolong(found, control, body.stop - 1)
    return found


def _prolong(found: Sequence[Resident], first: int, last: int) -> None:
    """What is older than a loop and used in it is there until it ends."""
    for resident in found:
        if resident.first < first <= resident.last:
            resident.last = max(resident.last, last)


def _states(bundle: BundleReader, program: Table) -> list[Resident]:
    last = max(len(program.calls or ()) - 1, 0)
    return [
        Resident(state.offset, state.offset + _port_bytes(state.port), 0, last, state.port.name)
        for state in bundle.root.states or ()
    ]


def _port_bytes(port: Table) -> int:
    return math.prod(port.shape or ()) * _item_size(port.dtype)


def _written(current: list[Resident], found: list[Resident], new: Resident) -> list[Resident]:
    """The residents after a write; a new one is added to `found` too."""
    covered = [resident for resident in current if resident.overlaps(new.begin, new.end)]
    for resident in covered:
        if new.strides is not None and resident.strides == new.strides:
            resident.begin, resident.end = (
                min(new.begin, resident.begin),
                max(new.end, resident.end),
            )
            resident.last = new.last
            return current
    found.append(new)
    return [resident for resident in current if resident not in covered] + [new]


def _arena_tensors(
    bundle: BundleReader, program: Table, indices: Sequence[int] | None
) -> Iterator[tuple[Table, int, int]]:
    """Tensors in the arena, with their bytes [begin, end). Raises BundleError for what is not."""
    for index in indices or ():
        tensor = bundle.tensor(program, index) if index >= 0 else None
        if tensor is not None and tensor.storage == bundle_schema().enums["Storage"]["Arena"]:
            begin, end = _extent(tensor)
            if not 0 <= begin <= end <= program.arena_size:
                raise BundleError(
                    f"the bundle is damaged: tensor {index} lies outside of the arena"
                )
            yield tensor, begin, end


def _item_size(dtype: int) -> int:
    names = {number: name for name, number in bundle_schema().enums["DType"].items()}
    return _ITEM_SIZES.get(names.get(dtype, ""), 1)


def _extent(tensor: Table) -> tuple[int, int]:
    """Bytes [begin, end) between a tensor's first and last element."""
    size = _item_size(tensor.dtype)
    low = high = step = 0
    strides = tensor.strides
    if strides is None:
        count = 1
        for dim in tensor.shape or ():
            count *= dim
        return tensor.offset, tensor.offset + count * size
    for dim, stride in zip(tensor.shape or (), strides):
        step = (dim - 1) * stride
        low, high = (low + step, high) if step < 0 else (low, high + step)
    return tensor.offset + low * size, tensor.offset + (high + 1) * size


def text_picture(
    contents: Sequence[Resident], arena_size: int, calls: int, width: int = 96, height: int = 20
) -> str:
    """One letter per resident and cell, highest addresses first; a dot where nothing lives."""
    if not contents:
        return "the arena is empty"
    width, height = max(min(width, calls), 1), min(height, max(arena_size // 64, 1))
    cells = [["."] * width for _ in range(height)]
    for number, resident in enumerate(contents):
        rows = _cells(resident.begin, resident.end, arena_size, height)
        columns = _cells(resident.first, resident.last + 1, calls, width)
        for row in rows:
            for column in columns:
                cells[row][column] = SYMBOLS[number % len(SYMBOLS)]
    labels = [f"{arena_size * (row + 1) // height:>12,} |" for row in range(height)]
    lines = [label + "".join(row) for label, row in zip(labels, cells)]
    axis = f"{'bytes':>12} +" + "-" * width
    caption = f"call 0 to {calls - 1}"
    return "\n".join([*reversed(lines), axis, " " * 14 + caption])


def _cells(begin: int, end: int, extent: int, count: int) -> range:
    """The cells that [begin, end) of `extent` touches, when it is divided into `count`."""
    return range(
        begin * count // extent, max(-(-end * count // extent), begin * count // extent + 1)
    )


def svg_picture(
    contents: Sequence[Resident], arena_size: int, calls: int, width: int = 1200, height: int = 500
) -> str:
    """An SVG document: a rectangle per resident, its name, size and calls as tooltip."""
    margin = 60
    x_scale, y_scale = (width - margin) / max(calls, 1), (height - margin) / max(arena_size, 1)
    shapes = []
    for number, resident in enumerate(contents):
        x, y = margin + resident.first * x_scale, (arena_size - resident.end) * y_scale
        across = (resident.last - resident.first + 1) * x_scale
        up = (resident.end - resident.begin) * y_scale
        shapes.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{across:.2f}" height="{up:.2f}" '
            f'fill="hsl({number * 137 % 360},55%,70%)" stroke="#333" stroke-width="0.5">'
            f"<title>{escape(str(resident))}</title></rect>"
        )
    bottom = height - margin
    axes = (
        f'<path d="M{margin} 0 V{bottom} H{width}" fill="none" stroke="#333"/>'
        f'<text x="4" y="12">{arena_size:,} B</text><text x="4" y="{bottom}">0 B</text>'
        f'<text x="{margin}" y="{bottom + 18}">call 0</text>'
        f'<text x="{width}" y="{bottom + 18}" text-anchor="end">call {calls - 1}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="11">{"".join(shapes)}{axes}</svg>\n'
    )
