"""Writes the optimized graph and its plan as an ONNX model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import onnx
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from edgert_compiler.backend import Artifact, Backend, Work
from edgert_compiler.graph.fused import DOMAIN, PRODUCTS
from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.lowering.context import native_dtype
from edgert_compiler.operators import registry
from edgert_compiler.operators.base import Operator
from edgert_compiler.program.ir import Port
from edgert_compiler.quantization.qdq_export import OPSET, to_qdq
from edgert_compiler.unsupported import Unsupported, unsupported
from edgert_targets.onnx.qdq.halves import store_halves

if TYPE_CHECKING:
    from edgert_compiler.progress import Progress

_IR_VERSION = 10  # the newest that onnxruntime reads is behind the newest that onnx writes


class OnnxBackend(Backend):
    """The graph as it is, with fused operators taken apart again."""

    weight_limits = (-255, 255)

    def unsupported(self, model: ir.Model) -> list[Unsupported]:
        """What edgert computes it can write, unless it depends on the run what or how much."""
        return unsupported(model, _find)

    def emit(self, work: Work, progress: Progress) -> Artifact:
        progress.stage("write")
        model = to_qdq(work.model, work.plan)
        RemoveUnusedNodesPass()(model)  # the float weights that int8 ones stand for
        notes = store_halves(model) if work.halves else []
        model.producer_name, model.producer_version = "edgert", work.metadata["compiler"]
        model.ir_version = _IR_VERSION
        model.metadata_props.clear()
        model.metadata_props.update({k: v for k, v in work.properties().items() if v})
        model.opset_imports[""] = _oldest_opset(model)
        proto = ir.to_proto(model)
        onnx.checker.check_model(proto, full_check=True)
        nodes = Counter(node.op_type for node in model.graph)
        initializers = (value.const_value for value in model.graph.initializers.values())
        constants = sum(tensor.nbytes for tensor in initializers if tensor is not None)
        return Artifact(
            proto.SerializeToString(deterministic=True),
            tuple(map(_port, model.graph.inputs)),
            tuple(map(_port, model.graph.outputs)),
            dict(nodes.most_common()),
            0,
            constants,
            notes=tuple(notes),
        )


def _find(op_type: str, domain: str) -> Operator | None:
    written = domain != DOMAIN or f"{domain}.{op_type}" in PRODUCTS
    return registry.find(op_type, domain) if written else None


def _oldest_opset(model: ir.Model) -> int:
    """The oldest opset, from 17 on, in which every node has the form that it has in the model's.

    Later opsets mostly admit further types; more runtimes read older ones.
    """
    declared = model.opset_imports[""]
    for opset in range(OPSET, declared):
        if all(_is_same_in(opset, declared, node) for node in model.graph.all_nodes()):
            return opset
    return declared


def _is_same_in(opset: int, declared: int, node: ir.Node) -> bool:
    if node.domain:
        return True
    if not onnx.defs.has(node.op_type, opset, node.domain):
        return False
    older, newer = (onnx.defs.get_schema(node.op_type, v, node.domain) for v in (opset, declared))
    types = {value.dtype for value in (*node.inputs, *node.outputs) if value is not None}
    return (
        not older.deprecated
        and _defaults(older).items() <= _defaults(newer).items()
        and node.attributes.keys() <= older.attributes.keys()
        and [i.name for i in older.inputs] == [i.name for i in newer.inputs][: len(older.inputs)]
        and (len(node.inputs) <= len(older.inputs) or _is_variadic(older))
        and all(_admits(older, dtype) for dtype in types if dtype is not None)
    )


def _defaults(schema: onnx.defs.OpSchema) -> dict[str, str]:
    return {name: str(a.default_value) for name, a in schema.attributes.items()}


def _is_variadic(schema: onnx.defs.OpSchema) -> bool:
    variadic = onnx.defs.OpSchema.FormalParameterOption.Variadic
    return bool(schema.inputs) and schema.inputs[-1].option == variadic


def _admits(schema: onnx.defs.OpSchema, dtype: ir.DataType) -> bool:
    name = f"tensor({dtype.name.lower()})"
    ports = (*schema.inputs, *schema.outputs)
    return any(name in port.types for port in ports)


def _port(value: ir.Value) -> Port:
    return Port(value.name or "", native_dtype(value), shape_of(value))
