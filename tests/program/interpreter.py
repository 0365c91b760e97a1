"""Runs kernel programs in numpy: slow, obvious, and independent of the passes.

Convolutions are stand-ins (pointwise, without weights): the passes only move their operands.
"""

from __future__ import annotations

import numpy as np

from edgert.compiler.program.ir import Buffer, KernelCall, Program, Storage, Tensor

OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "max": np.maximum,
    "neg": np.negative,
    "relu": lambda x: np.maximum(x, x.dtype.type(0)),
}


def run_program(program: Program, inputs: list[np.ndarray]) -> list[np.ndarray]:
    memory: dict[Buffer, np.ndarray] = {}
    for call in program.calls:
        for tensor in (*call.inputs, *call.outputs):
            if tensor is not None and tensor.buffer not in memory:
                memory[tensor.buffer] = _bytes_of(tensor.buffer, inputs)
        run_call(call, memory)
    outputs = {b.port: data for b, data in memory.items() if b.storage == Storage.OUTPUT}
    return [
        outputs[i].view(port.dtype.numpy).reshape(port.shape)
        for i, port in enumerate(program.outputs)
    ]


def evaluate(call: KernelCall, values: np.ndarray) -> np.ndarray:
    """As PassContext.evaluate."""
    memory = {}
    for tensor in (*call.inputs, *call.outputs):
        memory[tensor.buffer] = _bytes_of(tensor.buffer, [])
        if tensor.buffer.storage == Storage.ARENA and tensor is not call.outputs[0]:
            memory[tensor.buffer] = values.copy().view(np.uint8)
    run_call(call, memory)
    return memory[call.outputs[0].buffer].view(call.outputs[0].dtype.numpy)


def _bytes_of(buffer: Buffer, inputs: list[np.ndarray]) -> np.ndarray:
    if buffer.storage == Storage.CONSTANT:
        return np.ascontiguousarray(buffer.data).reshape(-1).view(np.uint8)
    if buffer.storage == Storage.INPUT:
        return inputs[buffer.port].reshape(-1).view(np.uint8)
    return np.full(buffer.nbytes, 0xA5, np.uint8)


def window(tensor: Tensor, memory: dict[Buffer, np.ndarray]) -> np.ndarray:
    dtype = tensor.dtype.numpy
    return np.ndarray(
        tensor.shape,
        dtype,
        memory[tensor.buffer].data,
        tensor.offset,
        tuple(s * dtype.itemsize for s in tensor.strides),
    )


def run_call(call: KernelCall, memory: dict[Buffer, np.ndarray]) -> None:
    inputs = [None if t is None else window(t, memory) for t in call.inputs]
    output = window(call.outputs[0], memory)
    output[...] = globals()[f"_{call.kernel}"](call, inputs, output)


def _strided_copy(_call, inputs, output):
    assert inputs[0].shape == output.shape
    assert inputs[0].dtype == output.dtype
    return inputs[0]


def _fill(call, _inputs, output):
    return np.array(call.params["value_bits"][:1], np.int32).view(output.dtype)[0]


def _lookup_s8(_call, inputs, output):
    return inputs[1][np.broadcast_to(inputs[0], output.shape).view(np.uint8)].view(output.dtype)


def _conv2d_f32(_call, inputs, _output):
    result = inputs[0] * np.float32(2) + np.float32(1)
    return result + inputs[3] if len(inputs) > 3 else result


def _conv2d_s8(_call, inputs, _output):
    result = np.clip(inputs[0].astype(np.int32) + 3, -128, 127).astype(np.int8)
    return inputs[6][result.view(np.uint8)].view(np.int8) if len(inputs) > 6 else result


def _elementwise(call, inputs, output):
    integers = all(array.dtype in (np.int32, np.int64, np.bool_) for array in [*inputs, output])
    registers = {}
    for i, array in enumerate(inputs):
        if array.dtype in (np.int8, np.uint8):
            scale = np.float32(call.params["input_scale"][i])
            zero = np.float32(call.params["input_zero_point"][i])
            array = (array.astype(np.float32) - zero) * scale
        registers[i] = array.astype(np.int64 if integers else np.float32)
    result = registers[0]
    for step in call.instructions:
        result = OPERATORS[step.op](*(registers[s] for s in step.src))
        registers[step.dst] = result
    if output.dtype in (np.int8, np.uint8):
        params = call.params
        result = result * np.float32(params["output_scale"])
        result = np.rint(np.clip(result, params["act_min"], params["act_max"]))
        result = result + params["output_zero_point"]
    return np.broadcast_to(result, output.shape).astype(output.dtype)
