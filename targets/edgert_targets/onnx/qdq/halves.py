"""Weights of an ONNX model in half precision.

    Conv(x, w: float)   ──▶   Conv(x, Cast{float}(w#half: float16))

Runtimes compute the Cast of a constant once, when they load the model.
"""

from __future__ import annotations

from collections.abc import Mapping

import onnx_ir as ir

from edgert_compiler import halves
from edgert_compiler.graph.nodes import array_of

# Inputs that weights are, as in edgert_compiler/program/halves.py.
_WEIGHTS: Mapping[str, tuple[int, ...]] = {
    "Conv": (1,),
    "ConvTranspose": (1,),
    "Gemm": (0, 1),
    "MatMul": (0, 1),
    "Gather": (0,),
}


def store_halves(model: ir.Model) -> list[str]:
    """Stores the weights of `model` in float16 where that holds them; notes for the report."""
    stored, kept = 0, []
    for value in list(model.graph.initializers.values()):
        if not _is_weight(value):
            continue
        array = array_of(value)
        assert array is not None
        data = halves.to_halves(array)
        if data is None:
            kept += [node.name or "" for node in value.consumers()]
        else:
            stored += data.nbytes
            _narrow(model.graph, value, ir.tensor(data, name=f"{value.name}#half"))
    return halves.notes(stored, kept)


def _is_weight(value: ir.Value) -> bool:
    uses = value.uses()
    return (
        value.dtype == ir.DataType.FLOAT
        and not value.is_graph_output()
        and bool(uses)
        and all(place in _WEIGHTS.get(node.op_type, ()) for node, place in uses)
    )


def _narrow(graph: ir.Graph, value: ir.Value, data: ir.TensorProtocol) -> None:
    """Puts a Cast of `data` in the place of an initializer."""
    half = ir.Value(name=data.name, type=ir.TensorType(ir.DataType.FLOAT16), const_value=data)
    half.shape = value.shape
    cast = ir.node("Cast", [half], {"to": ir.DataType.FLOAT})
    cast.name, cast.outputs[0].name = f"{value.name}#float", value.name
    cast.outputs[0].type, cast.outputs[0].shape = value.type, value.shape
    for node, place in list(value.uses()):
        node.replace_input_with(place, cast.outputs[0])
    del graph.initializers[value.name or ""]
    graph.register_initializer(half)
    graph.insert_before(graph[0], [cast])
