"""One small node per operator, whose element types can be exchanged."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

OLDEST_OPSET = 17  # onnxruntime is behind the newest; nodes get the oldest that has their form
_PER_OPERATOR = 3
_ODD = re.compile("empty|noop|zero_|_zero|training")


@dataclass(frozen=True, eq=False)
class Template:
    """A node with an array for each of its inputs; None for one that is not given."""

    node: onnx.NodeProto
    arrays: Sequence[np.ndarray | None]

    @property
    def operator(self) -> str:
        """Its name, behind its domain if that is not ONNX's own."""
        return ".".join(filter(None, (self.node.domain, self.node.op_type)))

    @functools.cached_property
    def opset(self) -> int:
        """Of the node's domain."""
        newest = onnx.defs.get_schema(self.node.op_type, domain=self.node.domain)
        return newest.since_version if self.node.domain else max(newest.since_version, OLDEST_OPSET)

    @functools.cached_property
    def schema(self) -> onnx.defs.OpSchema:
        """What ONNX says about the operator."""
        return onnx.defs.get_schema(self.node.op_type, self.opset, self.node.domain)

    def variable(self, index: int) -> str:
        """The type of an input as the schema writes it."""
        formal = self.schema.inputs[min(index, len(self.schema.inputs) - 1)]
        return formal.type_str


@functools.cache
def templates() -> Mapping[str, Sequence[Template]]:
    """Up to two nodes of each operator that ONNX's node suite has in its newest form."""
    found: dict[str, dict[int, Template]] = {}
    for template in _of_suite():
        by_inputs = found.setdefault(template.operator, {})
        by_inputs.setdefault(sum(array is not None for array in template.arrays), template)
    return {
        operator: [by_inputs[count] for count in sorted(by_inputs, reverse=True)[:_PER_OPERATOR]]
        for operator, by_inputs in sorted(found.items(), key=lambda item: item[0].lower())
    }


def _of_suite() -> Iterator[Template]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the generators, which overflow on purpose
        from onnx.backend.test.case.node import collect_testcases

        tests = sorted(collect_testcases(None), key=_plainness)
    for test in tests:
        template = _of_test(test)
        if template is not None:
            yield template


def _plainness(test) -> tuple[bool, int, str]:
    return bool(_ODD.search(test.name)), len(test.name), test.name


def _of_test(test) -> Template | None:
    graph = test.model.graph
    inputs, _ = test.data_sets[0]
    if len(graph.node) != 1 or not all(isinstance(x, (np.ndarray, np.generic)) for x in inputs):
        return None
    (node,) = graph.node
    arrays = {value.name: np.asarray(x) for value, x in zip(graph.input, inputs)}
    template = Template(node, [arrays.get(name) for name in node.input])
    declared = {opset.domain: opset.version for opset in test.model.opset_import}
    newest = onnx.defs.get_schema(node.op_type, domain=node.domain).since_version
    return template if declared.get(node.domain, 0) >= newest else None
