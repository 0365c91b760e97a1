"""Products of a kernel program in half precision, for CPUs that compute in it (docs/fp16.md).

    conv2d_f32(x: f32) -> y: f32     ──▶     conv2d_f16(x: f16) -> y: f16

Results in between are float16 where everything that reads and writes them can be; everywhere else,
at the inputs and outputs of the model too, products have conversions around them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edgert_compiler import halves
from edgert_compiler.program.elementwise import domain, overwritable
from edgert_compiler.program.elementwise_call import conversion_call
from edgert_compiler.program.ir import (
    Buffer,
    DType,
    KernelCall,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)

_IN_HALVES: Mapping[str, str] = {
    "conv2d_f32": "conv2d_f16",
    "depthwise_conv2d_f32": "depthwise_conv2d_f16",
}
_WEIGHTS, _IMAGES = 1, (0, 3)  # operands: the latter are x and the residual
_OF_FLOATS = "fused"  # parameter that asks for sums of floats to be exact everywhere
_MOST_TAPS = 128  # depthwise kernels add up in float16, whatever their number is


def compute_in_halves(program: Program) -> Program:
    """The program with products in float16 whose weights that holds (edgert_compiler/halves.py)."""
    weights = _weights(program.calls)
    if not weights:
        return program
    tensors = _halved(program, weights)
    calls = [new for call in program.calls for new in _rewritten(call, weights.get(call), tensors)]
    return replace(program, calls=tuple(calls))


def notes(program: Program) -> list[str]:
    """How many products of a program compute in float16, and which of them do not."""
    computed = sum(call.kernel in _IN_HALVES.values() for call in program.calls)
    left = [call.name for call in program.calls if call.kernel in _IN_HALVES]
    found = [f"{computed} of {computed + len(left)} convolutions compute in float16"]
    return [*found, halves.wider(left)] if left else found


def _weights(calls: Sequence[KernelCall]) -> dict[KernelCall, Tensor]:
    """The weights in float16 of the products that have some."""
    known: dict[Buffer, Tensor | None] = {}
    found = {}
    for call in calls:
        if call.kernel not in _IN_HALVES or not _short(call):
            continue
        source = call.inputs[_WEIGHTS]
        assert source is not None
        if source.buffer not in known:
            assert source.buffer.data is not None
            data = halves.to_halves(source.buffer.data)
            known[source.buffer] = None if data is None else constant_tensor(data)
        packed = known[source.buffer]
        if packed is not None:
            found[call] = packed
    return found


def _short(call: KernelCall) -> bool:
    if not call.kernel.startswith("depthwise"):
        return True
    taps = (call.params["kernel_h"], call.params["kernel_w"])
    return math.prod(map(int, taps)) <= _MOST_TAPS  # type: ignore[arg-type]


# Which results are float16


def _halved(program: Program, products: Collection[KernelCall]) -> dict[Tensor, Tensor]:
    """For each tensor over a buffer that becomes float16, the one that takes its place."""
    uses = [(t, _takes(c, i, c in products)) for c in program.calls for i, t in _operands(c)]
    refused = {tensor.buffer for tensor, taken in uses if taken is None or not _is_result(tensor)}
    wanted = {tensor.buffer for tensor, taken in uses if taken} - refused
    buffers = {buffer: replace(buffer, nbytes=buffer.nbytes // 2) for buffer in wanted}
    return {
        tensor: replace(
            tensor,
            buffer=buffers[tensor.buffer],
            dtype=DType.F16,
            offset=tensor.offset // 2,
        )
        for tensor, _ in uses
        if tensor.buffer in buffers
    }


def _operands(call: KernelCall) -> Iterator[tuple[int, Tensor]]:
    """With their numbers; those of outputs are negative."""
    yield from ((i, tensor) for i, tensor in enumerate(call.inputs) if tensor is not None)
    yield from ((-1 - i, tensor) for i, tensor in enumerate(call.outputs))


def _takes(call: KernelCall, operand: int, product: bool) -> bool | None:
    """Whether an operand had better be float16; None: it cannot be."""
    if product:
        return True if operand < 0 or operand in _IMAGES else None
    if call.kernel == "elementwise":
        return False if domain((*call.inputs, *call.outputs)) == DType.F32 else None
    return False if call.kernel == "strided_copy" else None


def _is_result(tensor: Tensor) -> bool:
    return tensor.dtype == DType.F32 and tensor.buffer.storage == Storage.ARENA


# Calls


def _rewritten(
    call: KernelCall, weights: Tensor | None, tensors: Mapping[Tensor, Tensor]
) -> Iterator[KernelCall]:
    inputs = tuple(None if t is None else tensors.get(t, t) for t in call.inputs)
    outputs = tuple(tensors.get(t, t) for t in call.outputs)
    if weights is not None:
        yield from _product(call, inputs, outputs, weights)
    elif call.kernel == "strided_copy":
        [source], [target] = inputs, outputs
        assert source is not None
        if source.dtype != target.dtype:
            yield replace(conversion_call(source, target, call.name), region=call.region)
        else:
            yield replace(call, inputs=inputs, outputs=outputs)
    elif call.kernel == "elementwise":
        inplace = tuple(i for i in overwritable(inputs, outputs[0]) if i in call.inplace)
        yield replace(call, inputs=inputs, outputs=outputs, inplace=inplace)
    else:
        yield call


@dataclass
class _Conversions:
    """Around one call."""

    call: KernelCall

    def __post_init__(self) -> None:
        self.before: list[KernelCall] = []
        self.after: list[KernelCall] = []

    def read(self, tensor: Tensor) -> Tensor:
        """The tensor in float16."""
        if tensor.dtype == DType.F16:
            return tensor
        half = arena_tensor(DType.F16, tensor.shape)
        self.before.append(self._converted(tensor, half))
        return half

    def written(self, tensor: Tensor) -> Tensor:
        """What to write in float16 so that the tensor has it."""
        if tensor.dtype == DType.F16:
            return tensor
        half = arena_tensor(DType.F16, tensor.shape)
        self.after.append(self._converted(half, tensor))
        return half

    def _converted(self, source: Tensor, target: Tensor) -> KernelCall:
        return replace(conversion_call(source, target, self.call.name), region=self.call.region)


def _product(
    call: KernelCall,
    inputs: tuple[Tensor | None, ...],
    outputs: tuple[Tensor, ...],
    weights: Tensor,
) -> list[KernelCall]:
    """A product in float16 with the conversions that it needs."""
    around = _Conversions(call)
    operands = list(inputs)
    for place in _IMAGES:
        tensor = operands[place] if place < len(operands) else None
        if tensor is not None:
            operands[place] = around.read(tensor)
    operands[_WEIGHTS] = weights
    [y] = outputs
    product = replace(
        call,
        kernel=_IN_HALVES[call.kernel],
        inputs=tuple(operands),
        outputs=(around.written(y),),
        params={name: value for name, value in call.params.items() if name != _OF_FLOATS},
        inplace=(),
    )
    return [*around.before, product, *around.after]
