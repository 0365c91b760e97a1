"""Runs rewrite rules to a fixpoint."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Sequence

import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.discovery import instances
from edgert_compiler.graph.building import new_node
from edgert_compiler.graph.matching import op_id
from edgert_compiler.graph.names import Names
from edgert_compiler.graph.nodes import is_read
from edgert_compiler.graph.problems import NodeProblem, blamed_on, inherit_sources
from edgert_compiler.graph.schemas import operands
from edgert_compiler.graph.subgraphs import inner_nodes, read_inside
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage
from edgert_compiler.passes.bounds import BOUND, has_known_bounds, known_bounds, mark_bounds
from edgert_compiler.passes.infer import set_outputs

_LOG = logging.getLogger(__name__)
_MAX_REWRITES_PER_NODE = 50
# A node that takes a rewritten one's place is of the generation after it. Later generations do not
# raise the limit on rewrites, so that rules that undo each other reach it.
_GENERATION = "edgert.generation"
_COUNTED_GENERATIONS = 4
# Separates the name of an original node from the operator of one of its several substitutes.
_PART = "~"


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """One instance of every rule in `rules/`, by file name."""
    return tuple(instances("edgert_compiler.passes.rules", Rule))


def nothing(_node: ir.Node) -> bool:
    """Keeps no node from being rewritten."""
    return False


def run_stage(
    model: ir.Model,
    stage: Stage,
    left_out: frozenset[str] = frozenset(),
    keeps: Callable[[ir.Node], bool] = nothing,
) -> bool:
    """Applies every rule of the stage until none applies, in place; tells whether any did.

    left_out: names of rules that are not wanted. keeps: whether a node stays as it is.
    """
    rules = [rule for rule in all_rules() if rule.stage is stage and rule.name not in left_out]
    return apply_rules(model, rules, keeps)


def apply_rules(
    model: ir.Model, rules: Sequence[Rule], keeps: Callable[[ir.Node], bool] = nothing
) -> bool:
    """Applies the rules to the main graph until none applies, in place; tells whether any did.

    keeps: as for `run_stage`.
    Raises RuntimeError where rules undo each other; it names the last one that applied.
    """
    graph = model.graph
    by_op: dict[str, list[Rule]] = {}
    for rule in rules:
        for op in rule.ops:
            by_op.setdefault(op, []).append(rule)
    surgeon = _Surgeon(graph)
    rewrites, size = 0, len(graph) + 10
    progress = True
    while progress:
        progress = False
        for node in graph:
            if not all(value is None or has_known_bounds(value) for value in node.inputs):
                continue  # what the node computes is known once its operands are
            found = by_op.get(op_id(node), ())
            applied = _apply_first(surgeon, node, found) if found and not keeps(node) else None
            if applied is None:
                continue
            progress = True
            rewrites += 1
            if rewrites > _MAX_REWRITES_PER_NODE * (size + surgeon.grown):
                raise RuntimeError(f"rewrite rules do not come to an end; the last: {applied.name}")
    return rewrites > 0


def _apply_first(surgeon: _Surgeon, node: ir.Node, rules: Iterable[Rule]) -> Rule | None:
    for rule in rules:
        with blamed_on(node):
            result = rule.apply(node)
        if isinstance(result, Rewrite):
            _LOG.debug("%s: rewrites %s", rule.name, node.name)
            surgeon.replace(node, result)
            return rule
        if isinstance(result, Refusal):
            _LOG.debug("%s: leaves %s: %s", rule.name, node.name, result.reason)
    return None


class _Surgeon:
    """Puts rewrites into the graph and keeps names."""

    def __init__(self, graph: ir.Graph) -> None:
        self.graph = graph
        self.grown = 0
        nodes = list(graph.all_nodes())
        self.node_names = Names(str(node.name) for node in nodes)
        values = {str(value.name) for value in graph.inputs} | set(graph.initializers)
        values |= {str(value.name) for node in nodes for value in node.outputs}
        self.value_names = Names(values)
        self.renamed: list[tuple[ir.Value, str]] = []

    def replace(self, node: ir.Node, rewrite: Rewrite) -> None:
        added = self._insert(node, rewrite)
        for old, new in zip(node.outputs, rewrite.outputs):
            if new is not None and is_read(old):
                self._hand_over(node, old, new, {id(n) for n in added})
        removed = self._remove_dead(node)
        self._name_nodes(added, removed)
        self._rename_constants()

    def _insert(self, node: ir.Node, rewrite: Rewrite) -> list[ir.Node]:
        """Inserts the new nodes that the rewrite's outputs come from, producers first."""
        found: dict[ir.Node, None] = {}
        for value in rewrite.outputs:
            if value is not None:
                self._collect(value, found)
        added = list(found)
        for new in added:
            for inside in (new, *inner_nodes(new)):
                inside.version = self.graph.opset_imports.get(inside.domain)
        self.graph.insert_before(node, added)
        generation = node.meta.get(_GENERATION, 0) + 1
        inherit_sources(added, [node])
        for new in added:
            new.meta[_GENERATION] = generation
            try:
                self._complete(new)
            except CompileError as error:  # the node's own inference did not look so closely
                raise _misfit(node) from error
        if generation <= _COUNTED_GENERATIONS:
            self.grown += len(added)
        return added

    def _collect(self, value: ir.Value, added: dict[ir.Node, None]) -> None:
        """Adds the new nodes behind a value; chains of them may be longer than the call stack."""
        pending = [(value, False)]
        while pending:
            value, collected = pending.pop()
            source = value.producer()
            if source is None:
                self._register(value)
            elif source.graph is not None or source in added:
                continue
            elif collected:
                added[source] = None
            else:
                operands = [v for v in (*source.inputs, *read_inside(source)) if v is not None]
                pending += [(value, True), *((operand, False) for operand in reversed(operands))]

    def _register(self, value: ir.Value) -> None:
        """Makes a new constant one of the graph's."""
        if value.const_value is not None and not value.is_initializer():
            wanted = str(value.name)
            value.name = self.value_names.take(wanted)
            self.graph.register_initializer(value)
            self.renamed.append((value, wanted))

    def _complete(self, node: ir.Node) -> None:
        """Names and shapes of a new node's outputs; edgert's own take those they replace."""
        for value in node.outputs:
            value.name = self.value_names.take(f"{node.op_type}_{len(self.value_names)}")
        set_outputs(node)
        mark_bounds(node)

    def _hand_over(self, node: ir.Node, old: ir.Value, new: ir.Value, added: set[int]) -> None:
        """Lets `new` stand for `old`, under its name where `new` is new or `old` is an output."""
        source = new.producer()
        fresh = source is not None and id(source) in added
        if fresh or old.is_graph_output():
            if not fresh and not _may_rename(new):
                identity = ir.Node("", "Identity", [new], version=node.version)
                identity.name = self.node_names.take(f"Identity_{old.name}")
                self.graph.insert_before(node, identity)
                new = identity.outputs[0]
            new = self._bounded_like(old, new, node)
            name, old.name = old.name, None
            shape = new.shape if old.shape is None else old.shape  # that of a scalar is not true
            new.name, new.shape, new.type = name, shape, old.type or new.type
        old.replace_all_uses_with(new, replace_graph_outputs=True)

    def _bounded_like(self, old: ir.Value, new: ir.Value, node: ir.Node) -> ir.Value:
        """The value with the bounds of the one that it replaces."""
        for axis, count in known_bounds(old).items():
            if has_known_bounds(new) and axis not in known_bounds(new):
                bound = new_node(BOUND, [new, count], {"axis": axis})
                bound.name = self.node_names.take(f"{node.name}{_PART}Bound")
                self.graph.insert_before(node, bound)
                self._complete(bound)
                new = bound.outputs[0]
        return new

    def _remove_dead(self, node: ir.Node) -> list[ir.Node]:
        """Removes the node and what only it needed; returns them, the node itself last."""
        removed: list[ir.Node] = []
        pending = [node]
        while pending:
            dead = pending.pop()
            if dead.graph is not self.graph or any(
                v.uses() or v.is_graph_output() for v in dead.outputs
            ):
                continue
            pending.extend(dead.predecessors())
            self.graph.remove(dead, safe=True)
            removed.insert(0, dead)
        return removed

    def _name_nodes(self, added: list[ir.Node], removed: list[ir.Node]) -> None:
        """The last new node carries the joined name; those before it add their operator."""
        if not added:
            return
        joined = _joined([str(node.name) for node in removed])
        self.node_names.release(str(node.name) for node in removed)
        added[-1].name = self.node_names.take(joined)
        inherit_sources(added, removed)
        for node in added[:-1]:
            node.name = self.node_names.take(f"{joined}{_PART}{node.op_type}")

    def _rename_constants(self) -> None:
        """A new constant takes the name it asked for from a constant that nobody reads any more."""
        for value, wanted in self.renamed:
            old = self.graph.initializers.get(wanted)
            if old is None or old is value or old.uses() or old.is_graph_output():
                continue
            del self.graph.initializers[wanted]
            value.name = wanted
        self.renamed.clear()


def _misfit(node: ir.Node) -> CompileError:
    reason = f"its inputs do not fit each other: {operands(node)}"
    problem = NodeProblem.of(node, reason)
    return CompileError(f"{problem.place} is not valid: {reason}", [problem.to_dict()])


def _joined(names: list[str]) -> str:
    """The original nodes behind the names, each once, in order."""
    parts = [part.partition(_PART)[0] for name in names for part in name.split("+")]
    return "+".join(dict.fromkeys(parts))


def _may_rename(value: ir.Value) -> bool:
    """Whether the value may take the name of a graph output: it is computed and no output yet."""
    return value.producer() is not None and not value.is_graph_output()
