"""Kernel programs as the tables of schema/bundle.fbs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edgert_compiler.emit.constants import HALVES_ALIGNMENT, ConstantsRegion
from edgert_compiler.emit.params import KernelTable, kernel_of, pack_params
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.memory.plan import MemoryPlan
from edgert_compiler.program.control import body_sizes
from edgert_compiler.program.ir import DType, KernelCall, Port, Program, Storage, Tensor

_STORED_AS = {Storage.STATE: Storage.ARENA}
_WIDENING = DType.F32.itemsize // DType.F16.itemsize


class ProgramTables:
    """Turns programs into tables; kernels, operators and constants are shared between them."""

    def __init__(self, kernels: KernelTable) -> None:
        self.constants = ConstantsRegion()
        self.halves = ConstantsRegion(HALVES_ALIGNMENT)
        self._library = kernels
        self._kernels: dict[tuple[str, int], int] = {}
        self._operators: dict[tuple[str, int], int] = {}

    def program(self, program: Program, plan: MemoryPlan) -> dict[str, Any]:
        """The table `Program`."""
        tensors = _TensorTable(plan, self.constants, self.halves)
        sizes = body_sizes(program.calls)
        calls = [self._call(call, tensors, sizes.get(call, ())) for call in program.calls]
        return {
            "name": program.name,
            "inputs": [_port(port) for port in program.inputs],
            "outputs": [_port(port) for port in program.outputs],
            "tensors": tensors.tables,
            "calls": calls,
            "arena_size": plan.arena_size,
        }

    def states(self, program: Program, plan: MemoryPlan) -> list[dict[str, Any]]:
        """The vector `Bundle.states`."""
        return [
            {
                "port": _port(state.port),
                "output": state.output,
                "offset": offset,
                "initial": -1 if state.initial is None else self.constants.place(state.initial),
            }
            for state, offset in zip(program.states, plan.state_offsets)
        ]

    def kernels(self) -> list[dict[str, Any]]:
        """The vector `Bundle.kernels`."""
        return [{"name": name, "version": version} for name, version in self._kernels]

    def place_halves(self) -> dict[str, int]:
        """Puts the float16 elements into the constants; the fields of `Bundle` that say where."""
        if not self.halves.size:
            return {}
        offset = self.constants.place_bytes(self.halves.contents())
        return {"halves_offset": offset, "halves_count": self.halves.size // DType.F16.itemsize}

    def operators(self) -> list[dict[str, Any]]:
        """The vector `Bundle.operators`."""
        return [{"name": name, "version": version} for name, version in self._operators]

    def _call(
        self, call: KernelCall, tensors: _TensorTable, bodies: tuple[int, ...]
    ) -> dict[str, Any]:
        info = kernel_of(call, self._library)
        if bodies:
            names = (field.name for field in info.fields)
            call = replace(call, params=dict(zip(names, bodies)))
        return {
            "kernel": self._kernels.setdefault((call.kernel, call.version), len(self._kernels)),
            "name": call.name or None,
            "inputs": [-1 if t is None else tensors.index(t) for t in call.inputs],
            "outputs": [tensors.index(t) for t in call.outputs],
            "params": pack_params(call, info) or None,
            "instructions": [self._instruction(i) for i in call.instructions] or None,
        }

    def _instruction(self, instruction: Instruction) -> tuple[float, ...]:
        operator = self._operators.setdefault((instruction.op, 1), len(self._operators))
        sources = (*instruction.src, 0, 0, 0)[:3]
        immediates = (*instruction.immediates, 0.0, 0.0)[:2]
        return (operator, instruction.dst, *sources, *immediates)


class _TensorTable:
    """The vector `Program.tensors`: equal tensors become one entry."""

    def __init__(
        self, plan: MemoryPlan, constants: ConstantsRegion, halves: ConstantsRegion
    ) -> None:
        self.tables: list[dict[str, Any]] = []
        self._plan = plan
        self._constants = constants
        self._halves = halves
        self._indices: dict[tuple[Any, ...], int] = {}

    def index(self, tensor: Tensor) -> int:
        port, base = self._place(tensor)
        storage = _STORED_AS.get(tensor.buffer.storage, tensor.buffer.storage)
        offset = base + tensor.offset
        layout = (tensor.dtype, tensor.shape, tensor.strides)
        key = (storage, port, offset, layout, tensor.name, tensor.quantization)
        if key not in self._indices:
            self._indices[key] = len(self.tables)
            self.tables.append(_tensor(tensor, storage, port, offset))
        return self._indices[key]

    def _place(self, tensor: Tensor) -> tuple[int, int]:
        """(port, offset of the buffer in its storage)"""
        buffer = tensor.buffer
        if buffer.storage in (Storage.ARENA, Storage.STATE):
            offset = self._plan.offset(buffer)
            assert offset is not None
            return 0, offset
        if buffer.storage == Storage.CONSTANT:
            return 0, self._constants.place(buffer)
        if buffer.storage == Storage.WIDENED:
            return 0, _WIDENING * self._halves.place(buffer)
        return buffer.port, 0


def _tensor(tensor: Tensor, storage: Storage, port: int, offset: int) -> dict[str, Any]:
    return {
        "name": tensor.name or None,
        "dtype": int(tensor.dtype),
        "shape": tensor.shape,
        "strides": None if tensor.contiguous else tensor.strides,
        "storage": int(storage),
        "port": port,
        "offset": offset,
        "quantization": _quantization(tensor.quantization),
    }


def _quantization(params: QuantParams | None) -> dict[str, Any] | None:
    if params is None:
        return None
    return {"scale": [params.scale], "zero_point": [params.zero_point]}


def _port(port: Port) -> dict[str, Any]:
    sizes = [{"axis": axis, "output": output} for axis, output in port.sizes]
    return {
        "name": port.name,
        "dtype": int(port.dtype),
        "shape": port.shape,
        "sizes": sizes or None,
        "quantization": _quantization(port.quantization),
    }
