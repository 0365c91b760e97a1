"""From the bytes of a .tflite file to an ONNX model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import onnx

from edgert.errors import CompileError, UnsupportedOpError
from edgert_compiler.discovery import modules
from edgert_compiler.importer.tflite.file import Operator, read
from edgert_compiler.importer.tflite.graph import GraphBuilder, UnsupportedError

Converter = Callable[[Operator, GraphBuilder], None]


@functools.cache
def converters() -> Mapping[str, Converter]:
    """What converts each kind of operator: the entries CONVERTERS of the modules in ops/."""
    found: dict[str, Converter] = {}
    for module in modules("edgert_compiler.importer.tflite.ops"):
        for kind, converter in getattr(module, "CONVERTERS", {}).items():
            if kind in found:
                raise RuntimeError(f"{module.__name__} converts {kind}, as another module does")
            found[kind] = converter
    return dict(sorted(found.items()))


def to_onnx(data: bytes, name: str = "the model") -> onnx.ModelProto:
    """The model in ONNX, with the names and element types of its inputs and outputs.

    name: for errors. Raises UnsupportedOpError that lists every operator that cannot be converted,
    CompileError where the file is damaged.
    """
    graph = read(data, name)
    builder = GraphBuilder()
    inputs = builder.inputs(graph.inputs)
    obstacles = []
    for operator in graph.operators:
        builder.begin(operator.name)
        reason = _convert(operator, builder)
        if reason:
            what = f"{operator.kind}, version {operator.version}"
            obstacles.append(f"node '{operator.name}' ({what}): {reason}")
            for tensor in operator.outputs:  # what comes after is looked at all the same
                builder.result(tensor, builder.constant(0.0))
    if obstacles:
        count = f"{len(obstacles)} operators are" if len(obstacles) > 1 else "an operator is"
        raise UnsupportedOpError("\n  ".join([f"{count} not supported:", *obstacles]))
    return builder.model(graph, (inputs, builder.outputs(graph.outputs)))


def _convert(operator: Operator, builder: GraphBuilder) -> str:
    converter = converters().get(operator.kind)
    if converter is None:
        return "edgert does not read this operator; export the model as ONNX instead"
    try:
        converter(operator, builder)
    except UnsupportedError as reason:
        return str(reason)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CompileError(
            f"'{operator.name}' ({operator.kind}) makes no sense: the file may be damaged"
        ) from error
    return ""
