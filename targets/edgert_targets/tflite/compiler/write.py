"""Writes a graph as the bytes of a .tflite file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgert.providers.tflite import refusal
from edgert_compiler.emit.flatbuffer import write_flatbuffer
from edgert_compiler.faults import fault
from edgert_compiler.importer.tflite.schema import member, schema, tensor_type
from edgert_targets.tflite.compiler.graph import ChannelParams, Graph, Operator, Port, Tensor

VERSION = 3
SIGNATURE = "serving_default"
_PLACEHOLDER = 127  # deprecated_builtin_code of operators whose code does not fit into it


def write(graph: Graph) -> bytes:
    """The file; the same graph gives the same bytes. It has one subgraph and one signature.

    Raises CompileError that names the node where the interpreter, if one is installed, refuses it.
    """
    content = write_flatbuffer(schema(), _Writer(graph).model())
    problem = refusal(content)
    if problem is not None:
        raise fault(f"TFLite would not load the file: {_with_node(graph, problem)}")
    return content


def _with_node(graph: Graph, problem: str) -> str:
    """The interpreter counts operators; users know nodes of the model."""
    found = re.search(r"Node number (\d+)", problem)
    if found is None or int(found[1]) >= len(graph.operators):
        return problem
    return f"node '{graph.operators[int(found[1])].node}': {problem}"


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors = graph.tensors()
        self.index = {tensor: i for i, tensor in enumerate(self.tensors)}
        ports = {port.tensor: port.name for port in (*graph.inputs, *graph.outputs)}
        self.names = _unique_names([ports.get(tensor, tensor.name) for tensor in self.tensors])
        codes = ((op.code, op.version) for op in graph.operators)
        self.codes = list(dict.fromkeys(codes))
        self.buffers: dict[bytes, int] = {b"": 0}  # buffer 0 is empty: "no data"

    def model(self) -> dict[str, Any]:
        graph = self.graph
        subgraph = {
            "tensors": [self._tensor(tensor) for tensor in self.tensors],
            "inputs": [self.index[port.tensor] for port in graph.inputs],
            "outputs": [self.index[port.tensor] for port in graph.outputs],
            "operators": [self._operator(op) for op in graph.operators],
            "name": graph.name,
        }
        metadata = [
            {"name": key, "buffer": self._buffer(value.encode())}
            for key, value in sorted(graph.metadata.items())
            if value
        ]
        return {
            "version": VERSION,
            "operator_codes": [_operator_code(*code) for code in self.codes],
            "subgraphs": [subgraph],
            "description": "edgert",
            "buffers": [{"data": data} if data else {} for data in self.buffers],
            "metadata": metadata or None,
            "signature_defs": [self._signature(graph.inputs, graph.outputs)],
        }

    def _buffer(self, data: bytes) -> int:
        return self.buffers.setdefault(data, len(self.buffers))

    def _tensor(self, tensor: Tensor) -> dict[str, Any]:
        data = b"" if tensor.data is None else np.ascontiguousarray(tensor.data).tobytes()
        return {
            "shape": tensor.shape,
            "type": tensor_type(tensor.dtype),
            "buffer": self._buffer(data),
            "name": self.names[self.index[tensor]],
            "quantization": _quantization(tensor),
            "is_variable": tensor.variable,
        }

    def _operator(self, operator: Operator) -> dict[str, Any]:
        return {
            "opcode_index": self.codes.index((operator.code, operator.version)),
            "inputs": [-1 if t is None else self.index[t] for t in operator.inputs],
            "outputs": [self.index[tensor] for tensor in operator.outputs],
            "builtin_options": operator.options,
        }

    def _signature(self, inputs: Sequence[Port], outputs: Sequence[Port]) -> dict[str, Any]:
        def ports(found: Sequence[Port]) -> list[dict[str, Any]]:
            return [{"name": p.name, "tensor_index": self.index[p.tensor]} for p in found]

        return {
            "inputs": ports(inputs),
            "outputs": ports(outputs),
            "signature_key": SIGNATURE,
            "subgraph_index": 0,
        }


def _unique_names(wanted: Sequence[str]) -> list[str]:
    """These names, with numbers where several are the same; the first keeps it."""
    seen: Counter[str] = Counter()
    taken = set(wanted)
    names = []
    for name in wanted:
        unique = name
        while seen[name] and unique in taken:
            unique = f"{name};{seen[name]}"
            seen[name] += 1
        seen[name] += 1
        taken.add(unique)
        names.append(unique)
    return names


def _operator_code(name: str, version: int) -> Mapping[str, int]:
    """Readers from before 2020 look at the deprecated code, others take the larger of the two."""
    code = member("BuiltinOperator", name)
    return {
        "deprecated_builtin_code": min(code, _PLACEHOLDER),
        "version": version,
        "builtin_code": code,
    }


def _quantization(tensor: Tensor) -> dict[str, Any] | None:
    params = tensor.quantization
    if params is None:
        return None
    if isinstance(params, ChannelParams):
        return {
            "scale": params.scale.astype(np.float32).tolist(),
            "zero_point": [0] * params.scale.size,
            "quantized_dimension": params.axis,
        }
    return {"scale": [params.scale], "zero_point": [params.zero_point]}
