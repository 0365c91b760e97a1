"""The runtime library as the compiler uses it: what it can run, and running single calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgert import _core, _introspection
from edgert.compiler.emit.bundle import BundleInfo, Segment, emit_bundle
from edgert.compiler.memory import MemoryPlan, plan_memory
from edgert.compiler.program.context import PassContext
from edgert.compiler.program.ir import DType, KernelCall, Port, Program, Storage, port_tensor


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
    """A bundle for the library of this installation, see `emit_bundle`."""
    return emit_bundle(programs, info, _introspection.kernels(), _core.checksum, segments)


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
    session = _core.Session(
        _core.Model(emit([(alone, plan_memory(alone))], BundleInfo())), threads=1
    )
    result = np.empty(target.shape, target.dtype.numpy)
    session.run([values.ctypes.data], [result.ctypes.data])
    return result
