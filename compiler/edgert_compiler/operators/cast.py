"""Cast."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.operators.base import Operator

_TEXT_OR_COMPLEX = {
    ir.DataType.UNDEFINED,
    ir.DataType.STRING,
    ir.DataType.COMPLEX64,
    ir.DataType.COMPLEX128,
}


_TYPES = frozenset(ir.DataType) - _TEXT_OR_COMPLEX


class Cast(Operator):
    """A conversion; from float to integers toward zero, to truth values by comparison with 0."""

    op_type = "Cast"
    types = _TYPES

    def unsupported(self, node: ir.Node) -> str | None:
        target = node.outputs[0].dtype
        if target not in _TYPES:
            return f"casts to {target.name.lower() if target else 'an unknown type'}"
        return super().unsupported(node)
