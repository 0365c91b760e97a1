"""What keeps a model from being lowered, all of it at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import onnx
import onnx_ir as ir

from edgert.errors import UnsupportedOpError
from edgert_compiler import refusals
from edgert_compiler.graph.dataflow import is_control
from edgert_compiler.graph.fused import DOMAIN
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.problems import NodeProblem, blamed_on
from edgert_compiler.graph.subgraphs import bodies
from edgert_compiler.hints import constant_hint, size_reason
from edgert_compiler.operators import registry
from edgert_compiler.operators.base import Operator
from edgert_compiler.passes.base import Refusal, Stage
from edgert_compiler.passes.bounds import mark_graph
from edgert_compiler.passes.driver import all_rules

_UNKNOWN_BODY = (
    "the number of its iterations or a shape in it is not known when compiling; export it with "
    "static shapes"
)


@dataclass(frozen=True)
class Unsupported(NodeProblem):
    """A node that cannot be lowered; `name` is its name in the optimized graph."""

    name: str = ""


class Judge(Protocol):
    """Knows the limits of one operator: an `Operator`, or a target's own."""

    def unsupported(self, node: ir.Node) -> str | None:
        """Why this node cannot be lowered, or None where it can. Shapes and types are known."""


def unsupported(
    model: ir.Model, find: Callable[[str, str], Judge | None] | None = None
) -> list[Unsupported]:
    """Every node of an optimized model that cannot be lowered, in graph order.

    find: what judges nodes of an operator type and domain; by default what lowers them.
    What only follows from another problem is left out: nodes that read what a refused one gives,
    and nodes behind one whose output shape is unknown, unless their operator is refused as such.
    """
    find = find or registry.find
    found = []
    unfollowed = mark_graph(model.graph)
    refused: set[ir.Value | None] = set()  # of types that nothing can have
    for node in model.graph:
        outputs = [value for value in node.outputs if refusals.of_type(value.type) is not None]
        follows = not refused.isdisjoint(node.inputs)
        refused.update(outputs)
        if follows:
            continue
        with blamed_on(node):
            reason = obstacle(node, find(node.op_type, node.domain)) or unfollowed.get(node)
        if reason is not None:
            reason = _with_hint(reason, node)
            problem = NodeProblem.of(node, reason)
            found.append(Unsupported(**problem.to_dict(), name=str(node.name)))
    return found


def _with_hint(reason: str, node: ir.Node) -> str:
    """What asks for a constant says how to give it, where the model has it as an input."""
    hint = constant_hint(node) if "constant" in reason and "--constant" not in reason else None
    return reason if hint is None else f"{reason}; {hint}"


def check_supported(model: ir.Model) -> None:
    """Raises UnsupportedOpError that lists every node that cannot be lowered, one per line."""
    raise_unsupported(unsupported(model))


def raise_unsupported(found: Sequence[Unsupported]) -> None:
    """Raises UnsupportedOpError that lists these nodes, one per line, if there are any."""
    if found:
        problems = list({str(problem): problem.to_dict() for problem in found}.items())
        count = f"{len(problems)} nodes keep" if len(problems) > 1 else "1 node keeps"
        lines = "\n  ".join(line for line, _ in problems)
        nodes = [fields for _, fields in problems]
        raise UnsupportedOpError(f"{count} the model from being compiled:\n  {lines}", nodes)


def obstacle(node: ir.Node, lowering: Judge | None) -> str | None:
    """Why a node cannot be lowered; None where it can, or where shapes before it are not known."""
    principle = refusals.of_node(node)
    if principle is not None:
        return principle
    known = all(_is_known(value) for value in node.inputs if value is not None)
    if lowering is None:
        return _missing_reason(node) if known or not _is_handled(node) else None
    if not known:
        return None
    unknown = [i for i, value in enumerate(node.outputs) if value.name and not _is_known(value)]
    if not unknown:
        return lowering.unsupported(node)
    reason = lowering.unknown_shape(node, unknown[0]) if isinstance(lowering, Operator) else None
    return reason or size_reason(node) or "the size of what it gives depends on data"


def _is_handled(node: ir.Node) -> bool:
    """Whether the operator is computed, by whatever takes its place, where shapes are known."""
    return any(bodies(node)) or op_id(node) in _rewritten()


@functools.cache
def _rewritten() -> frozenset[str]:
    stages = (Stage.CANONICALIZE, Stage.DECOMPOSE)
    rules = [rule.ops for rule in all_rules() if rule.stage in stages]
    return frozenset({"Shape", "Size"}).union(*rules)


def _missing_reason(node: ir.Node) -> str:
    if is_control(node):
        hint = constant_hint(node) or "give what it depends on by --constant"
        return f"it is decided at run time what runs, which CPU targets do; for others, {hint}"
    open_size = size_reason(node)
    if any(bodies(node)):
        return _refusal(node) or open_size or _UNKNOWN_BODY
    if node.domain == DOMAIN:
        return "the target has no counterpart of it; CPU targets compute it"
    if not onnx.defs.has(node.op_type, domain=node.domain):
        return "the operator is not part of ONNX; export it as standard operators"
    if node.op_type == "ConvTranspose":
        return "edgert computes this in float"
    if registry.find(node.op_type, node.domain) is not None:
        return "the target has no form of it; CPU targets compute it"
    return open_size or _refusal(node) or "edgert has no implementation of this operator"


def _refusal(node: ir.Node) -> str | None:
    """Why a rule that rewrites this operator left the node as it is, where one says so."""
    stages = list(Stage)
    rules = sorted(all_rules(), key=lambda rule: stages.index(rule.stage))
    results = (rule.apply(node) for rule in rules if op_id(node) in rule.ops)
    return next((result.reason for result in results if isinstance(result, Refusal)), None)


def _is_known(value: ir.Value) -> bool:
    return value.dtype is not None and value.shape is not None and value.shape.is_static()
