"""What a kernel call costs."""

from __future__ import annotations

import math

from edgert_compiler.program.ir import KernelCall


def multiply_accumulates(call: KernelCall) -> int:
    """Multiply-accumulates of a convolution or matrix product, 0 for other kernels."""
    if "conv2d" in call.kernel:
        x = call.inputs[0]
        assert x is not None
        groups = x.shape[3] if call.kernel.startswith("depthwise") else call.params["groups"]
        assert isinstance(groups, int)
        height, width = call.params["kernel_h"], call.params["kernel_w"]
        assert isinstance(height, int)
        assert isinstance(width, int)
        return math.prod(call.outputs[0].shape) * height * width * (x.shape[3] // groups)
    if call.kernel.startswith("matmul"):
        a = call.inputs[0]
        assert a is not None
        return math.prod(call.outputs[0].shape) * a.shape[-1]
    return 0
