"""How one operator becomes kernel calls, in one class in one file.

A file in `lowering/operators/` that defines a subclass of `Lowering` is all there is to add beside
the operator itself (`edgert_compiler/operators`); `registry.py` finds it.
"""

from __future__ import annotations

import abc
from typing import ClassVar

import onnx_ir as ir

from edgert_compiler.lowering.context import LoweringContext


class Lowering(abc.ABC):
    """Lowers the nodes of one operator; the operator says which ones it can."""

    op_type: ClassVar[str]
    domain: ClassVar[str] = ""

    @abc.abstractmethod
    def lower(self, node: ir.Node, context: LoweringContext) -> None:
        """Emits the kernel calls that compute the node's outputs."""
