"""Random kernel programs that mean something: what lowering emits, naively."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import strategies as st

from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.packing import pack_channels, pack_conv_f32, pack_conv_s8
from edgert_compiler.program import ir
from edgert_compiler.program.ir import (
    DType,
    KernelCall,
    Port,
    Program,
    Storage,
    Tensor,
    arena_tensor,
    constant_tensor,
)

SHAPE = (1, 2, 3, 4)
SCALE, ZERO = 0.125, 3  # of every int8 tensor


def port_tensor(storage: Storage, shape, port: int = 0, dtype: DType = DType.F32) -> Tensor:
    return ir.port_tensor(storage, dtype, tuple(shape), port)


def elementwise(inputs, output, *instructions) -> KernelCall:
    quantized = output.dtype in (DType.S8, DType.U8)
    params = {
        "input_scale": tuple(SCALE for _ in inputs),
        "input_zero_point": tuple(ZERO for _ in inputs),
        "output_scale": 1 / SCALE if quantized else 1.0,
        "output_zero_point": ZERO if quantized else 0,
        "act_min": -128.0 - ZERO if quantized else -math.inf,
        "act_max": 127.0 - ZERO if quantized else math.inf,
    }
    steps = tuple(Instruction(op, dst, tuple(src)) for op, dst, src in instructions)
    return KernelCall("elementwise", tuple(inputs), (output,), params, "e", steps)


POINTWISE = {"kernel_h": 1, "kernel_w": 1, "stride_h": 1, "stride_w": 1, "dilation_h": 1}
POINTWISE |= {"dilation_w": 1, "pad_top": 0, "pad_left": 0, "groups": 1}


def mixing_weights(channels: int) -> np.ndarray:
    """Small integers [C, C, 1, 1]: sums are exact in float."""
    values = np.arange(channels * channels) * 7 % 5 - 2
    return values.reshape(channels, channels, 1, 1)


def conv_f32(source: Tensor, target: Tensor, residual: Tensor | None = None) -> KernelCall:
    """A 1x1 convolution, `residual` added."""
    channels = source.shape[3]
    weights = constant_tensor(pack_conv_f32(mixing_weights(channels).astype(np.float32)))
    bias = constant_tensor(pack_channels(np.arange(channels, dtype=np.float32)))
    params = {"activation": 0, "alpha": 0.0, "beta": 0.0, "fused": 0}
    limits = {"act_min": -math.inf, "act_max": math.inf}
    inputs = (source, weights, bias, *(() if residual is None else (residual,)))
    return KernelCall("conv2d_f32", inputs, (target,), POINTWISE | params | limits, "conv")


def conv_s8(source: Tensor, target: Tensor) -> KernelCall:
    """A 1x1 convolution from and to the quantization of `elementwise`."""
    channels = source.shape[3]
    weights = mixing_weights(channels).astype(np.int8)
    sums = pack_channels(weights.reshape(channels, -1).sum(1, dtype=np.int32))
    inputs = (
        source,
        constant_tensor(pack_conv_s8(weights)),
        constant_tensor((-ZERO * sums).astype(np.int32)),
        constant_tensor(pack_channels(np.full(channels, 0.5, np.float32))),
        constant_tensor(sums),
    )
    params = {"x_zero_point": ZERO, "y_zero_point": ZERO, "residual_zero_point": 0}
    params |= {"weight_terms": 1, "weight_zero_point": 0, "weight_full_range": 0}
    limits = {"residual_scale": 0.0, "act_min": -128.0 - ZERO, "act_max": 127.0 - ZERO}
    return KernelCall("conv2d_s8", inputs, (target,), POINTWISE | params | limits, "conv")


def copy(source: Tensor, target: Tensor) -> KernelCall:
    return KernelCall("strided_copy", (source,), (target,), name="copy")


def part(tensor: Tensor, start: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    offset = sum(i * s for i, s in zip(start, tensor.strides))
    return tensor.view(shape, tensor.strides, offset)


class Builder:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.source = port_tensor(Storage.INPUT, SHAPE)
        self.values = [self.source]
        self.calls: list[KernelCall] = []

    def step(self) -> None:
        steps = (
            self.convolution,
            self.unary,
            self.binary,
            self.concat,
            self.slice,
            self.transpose,
            self.pad,
            self.quantized,
            self.integer,
            self.flatten,
        )
        self.random.choice(steps)()

    def pick(self) -> Tensor:
        return self.random.choice(self.values[-4:])

    def new(self, shape, dtype: DType = DType.F32) -> Tensor:
        return arena_tensor(dtype, tuple(shape))

    def keep(self, call: KernelCall) -> Tensor:
        self.calls.append(call)
        return call.outputs[0]

    def convolution(self) -> None:
        source = self.pick()
        same = [v for v in self.values if v.shape == source.shape]
        residual = self.random.choice(same) if self.random.random() < 0.3 else None
        self.values.append(self.keep(conv_f32(source, self.new(source.shape), residual)))

    def unary(self) -> None:
        source = self.pick()
        op = self.random.choice(("neg", "relu"))
        self.values.append(self.keep(elementwise([source], self.new(source.shape), (op, 1, (0,)))))

    def binary(self) -> None:
        source = self.pick()
        same = [v for v in self.values if v.shape == source.shape]
        vector = constant_tensor(np.arange(source.shape[3], dtype=np.float32).reshape(1, 1, 1, -1))
        other = self.random.choice([vector, *same])
        op = self.random.choice(("add", "mul", "max"))
        call = elementwise([source, other], self.new(source.shape), (op, 2, (0, 1)))
        self.values.append(self.keep(call))

    def concat(self) -> None:
        first = self.pick()
        axis = self.random.randrange(4)
        fitting = [
            v
            for v in self.values
            if all(a == b for i, (a, b) in enumerate(zip(v.shape, first.shape)) if i != axis)
        ]
        parts = [first, *(self.random.choice(fitting) for _ in range(self.random.randint(0, 2)))]
        shape = list(first.shape)
        shape[axis] = sum(v.shape[axis] for v in parts)
        if shape[axis] > 24:
            return
        whole, start = self.new(shape), [0] * 4
        for value in parts:
            self.calls.append(copy(value, part(whole, tuple(start), value.shape)))
            start[axis] += value.shape[axis]
        self.values.append(whole)

    def slice(self) -> None:
        source = self.pick()
        start = tuple(self.random.randrange(d) for d in source.shape)
        shape = tuple(self.random.randint(1, d - s) for d, s in zip(source.shape, start))
        self.values.append(self.keep(copy(part(source, start, shape), self.new(shape))))

    def transpose(self) -> None:
        source = self.pick()
        order = self.random.sample(range(4), 4)
        shape = tuple(source.shape[i] for i in order)
        view = source.view(shape, tuple(source.strides[i] for i in order))
        self.values.append(self.keep(copy(view, self.new(shape))))

    def pad(self) -> None:
        source = self.pick()
        if max(source.shape) > 6:
            return
        target = self.new([d + 2 for d in source.shape])
        bits = (int(np.float32(1.5).view(np.int32)), 0)
        self.calls.append(KernelCall("fill", (), (target,), {"value_bits": bits}))
        self.calls.append(copy(source, part(target, (1,) * 4, source.shape)))
        self.values.append(target)

    def quantized(self) -> None:
        """Quantize, some int8 work, dequantize."""
        source = self.pick()
        value = self.keep(elementwise([source], self.new(source.shape, DType.S8)))
        for _ in range(self.random.randint(0, 3)):
            target = self.new(source.shape, DType.S8)
            if self.random.random() < 0.5:
                value = self.keep(conv_s8(value, target))
            else:
                half = constant_tensor(np.full((1, 1, 1, 1), 0.5, np.float32))
                steps = ("mul", 2, (0, 1)), ("neg", 3, (2,)), ("max", 2, (3, 1))
                value = self.keep(elementwise([value, half], target, *steps))
        self.values.append(self.keep(elementwise([value], self.new(source.shape))))

    def integer(self) -> None:
        """Casts to integers and back."""
        source = self.pick()
        dtype = self.random.choice((DType.S32, DType.S64))
        value = self.keep(elementwise([source], self.new(source.shape, dtype)))
        for _ in range(self.random.randint(0, 2)):
            target = self.new(source.shape, dtype)
            value = self.keep(elementwise([value, value], target, ("add", 2, (0, 1))))
        self.values.append(self.keep(elementwise([value], self.new(source.shape))))

    def flatten(self) -> None:
        """An elementwise call that sees its input as one dimension."""
        source = self.pick()
        if not source.contiguous:
            return
        flat = source.view((source.count,), (1,))
        target = self.new(source.shape)
        call = elementwise([flat], target.view((source.count,), (1,)), ("neg", 1, (0,)))
        self.keep(call)
        self.values.append(target)

    def finish(self) -> Program:
        last = self.values[-1]
        target = port_tensor(Storage.OUTPUT, last.shape)
        self.calls.append(copy(last, target))
        ports = (Port("x", DType.F32, SHAPE),), (Port("y", DType.F32, last.shape),)
        return Program(*ports, tuple(self.calls))


def random_program(seed: int, length: int) -> Program:
    builder = Builder(seed)
    for _ in range(length):
        builder.step()
    return builder.finish()


programs = st.builds(random_program, st.integers(0, 2**32), st.integers(1, 16))
