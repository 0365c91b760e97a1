"""Which memory layouts the kernels take, operand by operand: docs/kernels.md as data.

A kernel that is not listed takes contiguous operands only.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from edgert_compiler.program.ir import KernelCall, Tensor


class Access(enum.Enum):
    """What strides an operand may have."""

    CONTIGUOUS = "row-major without gaps"
    ROWS = "the innermost dimension without gaps, the others free"
    ANY = "free"

    def accepts(self, tensor: Tensor) -> bool:
        """Whether a tensor of these strides may be given."""
        if self is Access.ANY or tensor.contiguous:
            return True
        if self is Access.CONTIGUOUS:
            return False
        inner = not tensor.shape or tensor.shape[-1] == 1 or tensor.strides[-1] == 1
        return inner and all(s > 0 for d, s in zip(tensor.shape, tensor.strides) if d != 1)


@dataclass(frozen=True)
class KernelAccess:
    """The operands of a kernel that need not be contiguous, by index."""

    inputs: Mapping[int, Access] = field(default_factory=dict)
    outputs: Mapping[int, Access] = field(default_factory=dict)


_CONVOLUTION_S8 = KernelAccess({0: Access.ROWS, 5: Access.ROWS}, {0: Access.ROWS})
_CONVOLUTION_F32 = KernelAccess({0: Access.ROWS, 3: Access.ROWS}, {0: Access.ROWS})
_IMAGE = KernelAccess({0: Access.ROWS}, {0: Access.ROWS})
_FREE = KernelAccess(dict.fromkeys(range(8), Access.ANY), {0: Access.ANY})
_FREE_1 = KernelAccess({0: Access.ANY}, {0: Access.ANY})
_FREE_2 = KernelAccess({0: Access.ANY, 1: Access.ANY}, {0: Access.ANY})

KERNELS: Mapping[str, KernelAccess] = {
    "conv2d_s8": _CONVOLUTION_S8,
    "conv2d_dynamic_s8": _CONVOLUTION_S8,
    "conv2d_f32": _CONVOLUTION_F32,
    "depthwise_conv2d_s8": _CONVOLUTION_S8,
    "depthwise_conv2d_f32": _CONVOLUTION_F32,
    "conv2d_f16": _CONVOLUTION_F32,
    "depthwise_conv2d_f16": _CONVOLUTION_F32,
    "max_pool2d": _IMAGE,
    "average_pool2d": _IMAGE,
    "resize2d": _IMAGE,
    "sample": KernelAccess(
        {0: Access.ROWS, 1: Access.ANY, 2: Access.ANY},
        {0: Access.ROWS},
    ),
    "matmul_f32": _FREE_2,
    "matmul_s8": _FREE_2,
    "elementwise": _FREE,
    "lookup_s8": _FREE_1,
    "strided_copy": _FREE_1,
    "fill": _FREE_1,
    "gather": _FREE_2,
    "scatter": _FREE,
    "top_k": KernelAccess({0: Access.ANY}, {0: Access.ANY, 1: Access.ANY}),
    "unique": _FREE_1,
    "true_positions": _FREE_1,
    "non_max_suppression": KernelAccess({0: Access.ANY, 1: Access.ANY}),
    "cumulative": _FREE_1,
    "insert": _FREE_1,
    "softmax": _FREE_1,
    "log_softmax": _FREE_1,
    "arg_max": _FREE_1,
    "arg_min": _FREE_1,
    "dynamic_quantize": _FREE_1,
    "tree_ensemble": KernelAccess({0: Access.ROWS}, {0: Access.ANY}),
    **{f"reduce_{name}": _FREE_1 for name in ("sum", "mean", "max", "min", "prod")},
}
_CONTIGUOUS = KernelAccess()


def accepts_input(call: KernelCall, index: int, tensor: Tensor) -> bool:
    """Whether the call's kernel could read `tensor` as its input `index`."""
    access = KERNELS.get(call.kernel, _CONTIGUOUS).inputs.get(index, Access.CONTIGUOUS)
    return access.accepts(tensor)


def accepts_output(call: KernelCall, index: int, tensor: Tensor) -> bool:
    """Whether the call's kernel could write `tensor` as its output `index`."""
    access = KERNELS.get(call.kernel, _CONTIGUOUS).outputs.get(index, Access.CONTIGUOUS)
    return access.accepts(tensor)
