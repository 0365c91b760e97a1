"""A TFLite graph before it is written: tensors, operators, ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgert_compiler.graph.quantization import QuantParams


@dataclass(frozen=True, eq=False)
class ChannelParams:
    """Symmetric quantization of weights or biases: real = q * scale[c] along axis `axis`."""

    scale: np.ndarray
    axis: int


@dataclass(frozen=True, eq=False)
class Tensor:
    """A dense row-major tensor; compared by identity. Several may have the same name.

    `data` is the content of a constant. `quantization` is that of an integer tensor that stands for
    real numbers, None for a float tensor or plain integers. A `variable` keeps its content from run
    to run.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    quantization: QuantParams | ChannelParams | None = None
    data: np.ndarray | None = None
    variable: bool = False

    @property
    def params(self) -> QuantParams | None:
        """The parameters of an activation; None where it is not quantized."""
        assert not isinstance(self.quantization, ChannelParams)
        return self.quantization


@dataclass(frozen=True, eq=False)
class Operator:
    """One call of a builtin operator.

    `options`: name of the options table and its fields, None where the operator has none.
    `node` is the ONNX node that it computes, or a part of.
    """

    code: str
    version: int
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: tuple[str, Mapping[str, object]] | None = None
    node: str = ""


@dataclass(frozen=True, eq=False)
class Port:
    """An input or output of the model under its ONNX name."""

    name: str
    tensor: Tensor
    order: tuple[int, ...]

    @property
    def transposed(self) -> bool:
        """Whether the tensor's axes are in another order than ONNX's."""
        return self.order != tuple(range(len(self.order)))


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole model. `metadata` is stored with it, by key."""

    operators: Sequence[Operator]
    inputs: Sequence[Port]
    outputs: Sequence[Port]
    name: str = "main"
    metadata: Mapping[str, str] = field(default_factory=dict)

    def tensors(self) -> list[Tensor]:
        """Every tensor, ports first, then in order of first use."""
        found: dict[Tensor, None] = {port.tensor: None for port in (*self.inputs, *self.outputs)}
        for operator in self.operators:
            found |= dict.fromkeys(operator.outputs)
            found |= {tensor: None for tensor in operator.inputs if tensor is not None}
        return list(found)
