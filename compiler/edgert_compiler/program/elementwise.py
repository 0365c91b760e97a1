"""Elementwise calls as expressions: merging two, and numbering registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.limits import ELEMENTWISE_INPUTS, INSTRUCTIONS, REGISTERS
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.program.ir import DType, KernelCall, Tensor
from edgert_compiler.program.windows import same_window, steps

_INTEGERS = frozenset((DType.S32, DType.S64, DType.BOOL))


@dataclass(frozen=True)
class Operand:
    """An input and how it is dequantized when loaded."""

    tensor: Tensor
    quantization: QuantParams

    def same(self, other: Operand) -> bool:
        """Whether both load the same values."""
        same_values = self.quantization == other.quantization
        return same_values and same_window(self.tensor, other.tensor)


def domain(tensors: Iterable[Tensor | None]) -> DType:
    """What the registers of a call with these operands hold.

    S64 where all operands are integers or truth values, F64 where one is, else F32.
    """
    types = {tensor.dtype for tensor in tensors if tensor is not None}
    if DType.F64 in types:
        return DType.F64
    return DType.S64 if types <= _INTEGERS else DType.F32


def operands(call: KernelCall) -> list[Operand]:
    """The inputs with their load parameters."""
    scales, zeros = (_values(call, name) for name in ("input_scale", "input_zero_point"))
    return [
        Operand(t, QuantParams(float(scales[i]), int(zeros[i])))
        for i, t in enumerate(call.inputs)
        if t is not None
    ]


def _length(call: KernelCall, producer: KernelCall, inputs: dict[int, list[Operand]]) -> int:
    """At most so many instructions are needed where each of `inputs` is computed by itself."""
    return len(call.instructions) + len(inputs) * len(producer.instructions)


def inline(
    call: KernelCall, producer: KernelCall, inputs: dict[int, list[Operand]]
) -> KernelCall | None:
    """`call` with the inputs that `producer` computed computed by itself.

    `inputs` gives, for each such input, the producer's operands as that input sees them. None where
    the result would have more inputs or instructions, or need more registers, than the core has.
    """
    merged: list[Operand] = []
    instructions: list[Instruction] = []
    values: dict[int, int] = {}
    for index, operand in enumerate(operands(call)):
        if index not in inputs:
            values[index] = _add(merged, operand)
    sources = {index: [_add(merged, o) for o in given] for index, given in inputs.items()}
    if len(merged) > ELEMENTWISE_INPUTS or _length(call, producer, inputs) > INSTRUCTIONS:
        return None
    following = len(merged)
    done: dict[tuple[int, ...], int] = {}
    for index, numbers in sources.items():
        key = tuple(numbers)
        if key not in done:
            steps_, result = _renumbered(producer.instructions, dict(enumerate(numbers)), following)
            instructions += steps_
            following += len(steps_)
            done[key] = result
        values[index] = done[key]
    steps_, _ = _renumbered(call.instructions, values, following)
    instructions += steps_
    allocated = _allocate(instructions, len(merged))
    if allocated is None or (not allocated and len(merged) != 1):
        return None
    return _rebuilt(call, producer, merged, allocated)


def overwritable(inputs: Sequence[Tensor | None], output: Tensor) -> tuple[int, ...]:
    """The inputs whose elements lie exactly as the output's, so that it may replace them."""
    return tuple(
        i
        for i, tensor in enumerate(inputs)
        if tensor is not None
        and tensor.dtype.itemsize == output.dtype.itemsize
        and tensor.contiguous
        and tensor.shape == output.shape
        and steps(tensor) == steps(output)
    )


def _rebuilt(
    call: KernelCall,
    producer: KernelCall,
    merged: Sequence[Operand],
    instructions: Sequence[Instruction],
) -> KernelCall:
    inputs = tuple(operand.tensor for operand in merged)
    params = {
        **call.params,
        "input_scale": tuple(operand.quantization.scale for operand in merged),
        "input_zero_point": tuple(operand.quantization.zero_point for operand in merged),
    }
    names = dict.fromkeys([*producer.name.split("+"), *call.name.split("+")])
    return replace(
        call,
        inputs=inputs,
        params=params,
        name="+".join(filter(None, names)),
        instructions=tuple(instructions),
        inplace=overwritable(inputs, call.outputs[0]),
    )


def _values(call: KernelCall, name: str) -> list[float]:
    given = call.params.get(name, ())
    listed = list(given) if isinstance(given, (tuple, list)) else [given]
    return [*listed, *[0] * (len(call.inputs) - len(listed))]


def _add(merged: list[Operand], operand: Operand) -> int:
    """The register of the operand; equal ones share it."""
    for index, known in enumerate(merged):
        if known.same(operand):
            return index
    merged.append(operand)
    return len(merged) - 1


def _renumbered(
    instructions: Sequence[Instruction], values: dict[int, int], following: int
) -> tuple[list[Instruction], int]:
    """The instructions with a register of its own for each result, and the last result."""
    values = dict(values)
    result = values[0] if values else 0
    renumbered: list[Instruction] = []
    for instruction in instructions:
        src = tuple(values[register] for register in instruction.src)
        result = values[instruction.dst] = following + len(renumbered)
        renumbered.append(replace(instruction, dst=result, src=src))
    return renumbered, result


def _allocate(instructions: Sequence[Instruction], inputs: int) -> list[Instruction] | None:
    """Reuses registers after their last reading; None where 16 are not enough."""
    last_use = {v: i for i, step in enumerate(instructions) for v in step.src}
    registers = {value: value for value in range(inputs)}
    free = [r for r in range(REGISTERS) if r >= inputs]
    allocated = []
    for index, step in enumerate(instructions):
        src = tuple(registers[value] for value in step.src)
        ended = {v for v in registers if last_use.get(v, -1) <= index and v != step.dst}
        free = sorted({*free, *(registers.pop(value) for value in ended)})
        if not free:
            return None
        registers[step.dst] = free.pop(0)
        allocated.append(replace(step, dst=registers[step.dst], src=src))
    return allocated
