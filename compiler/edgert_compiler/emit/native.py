"""The runtime library as the compiler uses it: what it can run, and running single calls."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgert import _core, _introspection
from edgert.errors import BundleError, Error
from edgert_compiler.emit.bundle import BundleInfo, Segment, emit_bundle
from edgert_compiler.faults import fault
from edgert_compiler.memory import MemoryPlan, plan_memory
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import DType, KernelCall, Port, Program, Storage, port_tensor


def native_context() -> PassContext:
    """What program passes may ask of the library of this installation."""
    kernels = _introspection.kernels()
    fields = {name: [field.name for field in info.fields] for (name, _), info in kernels.items()}
    return PassContext(fields=fields, evaluate=evaluate)


def emit(
    programs: Sequence[tuple[Program, MemoryPlan]],
    info: BundleInfo,
    segments: Sequence[Segment] = (),
) -> bytes:
    """A bundle for the library of this installation, which has loaded all of it.

    Raises CompileError that names the call where it does not load.
    """
    memory = emit_bundle(programs, info, _introspection.kernels(), _core.checksum, segments)
    _check_loads(memory, len(programs), len(segments))
    return memory[:]


def _check_loads(memory: mmap.mmap, programs: int, segments: int) -> None:
    """Every program goes through the checks of the runtime, which are the same on all machines."""
    try:
        model = _core.Model(memory, verify=False)
        _core.Session(model, threads=1)
        for number in range(programs, programs + segments):
            _core.Session(model, number, threads=1)
    except BundleError as error:
        raise fault(f"the bundle would not load: {error}") from error
    except Error:  # of memory: the machine that the bundle is for may have more
        pass


def evaluate(call: KernelCall, values: np.ndarray) -> np.ndarray:
    """Runs one call in memory; `values` stands for its only input that is not constant."""
    values = np.ascontiguousarray(values)
    source = port_tensor(Storage.INPUT, DType.of(values.dtype), values.shape)
    target = port_tensor(Storage.OUTPUT, call.outputs[0].dtype, call.outputs[0].shape)
    inputs = tuple(
        source if t is not None and t.buffer.storage != Storage.CONSTANT else t for t in call.inputs
    )
    ports = (Port("x", source.dtype, source.shape),), (Port("y", target.dtype, target.shape),)
    alone = Program(*ports, (replace(call, inputs=inputs, outputs=(target,), inplace=()),))
    memory = emit_bundle(
        [(alone, plan_memory(alone))], BundleInfo(), _introspection.kernels(), _core.checksum
    )
    session = _core.Session(_core.Model(memory), threads=1)
    result = np.empty(target.shape, target.dtype.numpy)
    session.run([values.ctypes.data], [result.ctypes.data])
    return result
