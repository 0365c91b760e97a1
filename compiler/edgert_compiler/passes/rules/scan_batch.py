"""Scan of opset 8, which has a batch."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import new_constant, new_node
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integers, is_read
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class ScanBatch(Rule):
    """A Scan of opset 8 over a batch of 1 is one of today without it.

    Scan(, start, x)   =>   Unsqueeze(Scan(Squeeze(start), Squeeze(x)))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"Scan"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refused for larger batches, and for sequences of different lengths."""
        if node.version is None or node.version > 8:
            return None
        lengths, *values = node.inputs
        batches = {shape[:1] for v in values if v is not None and (shape := dims(v)) is not None}
        if lengths is not None or batches != {(1,)}:
            return Refusal("it has a batch of more than one sequence, or lengths of sequences")
        axis = new_constant(np.array([0]), f"{node.name}_batch")
        directions = integers(node, "directions")
        attributes = {
            "body": node.attributes["body"],
            "num_scan_inputs": node.attributes["num_scan_inputs"],
            **({"scan_input_directions": list(directions)} if any(directions) else {}),
        }
        squeezed = [new_node("Squeeze", [v, axis]).outputs[0] for v in values]
        scan = new_node("Scan", squeezed, attributes, outputs=len(node.outputs))
        results = (new_node("Unsqueeze", [v, axis]).outputs[0] for v in scan.outputs)
        wanted = zip(results, node.outputs)
        return Rewrite(tuple(new if is_read(old) else None for new, old in wanted))
