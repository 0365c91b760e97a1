"""Small nodes of every operator, whose element types can be exchanged."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx

_OLDEST_OPSET = 17  # onnxruntime is behind the newest; nodes get the oldest that has their form
_PER_OPERATOR = 3
_ODD = re.compile("empty|noop|zero_|_zero|training")  # cases at the edge of an operator
_WITHOUT_TENSORS = frozenset({"Constant", "ImageDecoder"})  # nothing is computed from them


@dataclass(frozen=True, eq=False)
class Template:
    """A node of an opset, with an array for each of its inputs and outputs.

    None stands for an input that is not given.
    """

    node: onnx.NodeProto
    opset: int
    inputs: Sequence[np.ndarray | None]
    outputs: Sequence[np.ndarray]

    @property
    def operator(self) -> str:
        """Its name, behind its domain if that is not ONNX's own."""
        return ".".join(filter(None, (self.node.domain, self.node.op_type)))

    @functools.cached_property
    def schema(self) -> onnx.defs.OpSchema:
        """What ONNX says about the operator."""
        return onnx.defs.get_schema(self.node.op_type, self.opset, self.node.domain)

    def input_variable(self, index: int) -> str:
        """The type of an input as the schema writes it."""
        formal = self.schema.inputs
        return formal[min(index, len(formal) - 1)].type_str

    def output_variable(self, index: int) -> str:
        """The type of an output as the schema writes it."""
        formal = self.schema.outputs
        return formal[min(index, len(formal) - 1)].type_str


@functools.cache
def templates() -> Mapping[str, Sequence[Template]]:
    """Up to three nodes of each operator, by its name: from ONNX's node suite, and our own.

    Those of the suite in their newest form, with different numbers of inputs, plain ones first.
    """
    from .own_templates import own_templates

    found: dict[str, dict[int, Template]] = {}
    for template in _of_suite():
        by_inputs = found.setdefault(template.operator, {})
        by_inputs.setdefault(sum(array is not None for array in template.inputs), template)
    result = {
        operator: [by_inputs[count] for count in sorted(by_inputs, reverse=True)[:_PER_OPERATOR]]
        for operator, by_inputs in found.items()
    }
    for template in own_templates():
        result.setdefault(template.operator, []).append(template)
    return dict(sorted(result.items(), key=lambda item: item[0].lower()))


def opset_of(node: onnx.NodeProto) -> int:
    """The oldest, but of those that are in use, in which the operator has its newest form."""
    newest = onnx.defs.get_schema(node.op_type, domain=node.domain).since_version
    return newest if node.domain else max(newest, _OLDEST_OPSET)


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
    inputs, outputs = test.data_sets[0]
    if len(graph.node) != 1 or not _arrays(inputs) or not _arrays(outputs):
        return None
    (node,) = graph.node
    newest = onnx.defs.get_schema(node.op_type, domain=node.domain).since_version
    declared = {opset.domain: opset.version for opset in test.model.opset_import}
    if node.op_type in _WITHOUT_TENSORS or declared.get(node.domain, 0) < newest:
        return None
    arrays = {value.name: np.asarray(x) for value, x in zip(graph.input, inputs)}
    given = [arrays.get(name) for name in node.input]
    return Template(node, opset_of(node), given, [np.asarray(y) for y in outputs])


def _arrays(values) -> bool:
    return all(isinstance(value, (np.ndarray, np.generic)) for value in values)
