"""Log."""

from __future__ import annotations

import onnx_ir as ir

from edgert_targets.coreml.mil.elementwise import Activation


class Log(Activation):
    """MIL's log adds an epsilon to its operand; 0 leaves it alone."""

    op_type = "Log"
    operation = "log"

    def parameters(self, node: ir.Node) -> dict[str, float]:
        return {"epsilon": 0.0}
