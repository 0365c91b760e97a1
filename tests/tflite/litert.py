"""Running TFLite files with LiteRT, and single ONNX nodes with edgert, for comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import onnx
import onnx_ir as ir
import pytest

import edgert
from edgert_compiler.bundles import lower_model
from edgert_compiler.emit import BundleInfo
from edgert_compiler.emit.native import emit
from edgert_compiler.memory import plan_memory
from edgert_compiler.pipeline import Compiled, Options, compile_source
from edgert_compiler.progress import NoProgress
from edgert_compiler.quantization.params import dequantize, quantize
from edgert_compiler.quantization.plan import (
    PREACTIVATION,
    Decision,
    Precision,
    QuantizationPlan,
)
from edgert_targets import find

interpreter = pytest.importorskip("ai_edge_litert.interpreter")

Arrays = Mapping[str, np.ndarray]


def compile_tflite(source: object, options: Options, **target_options: str) -> Compiled:
    """With the parts that `edgert.compile` does not return: the graph and its plan."""
    target = find("tflite")
    backend = target.backend(".tflite", target.check("auto", target_options))
    return compile_source(source, options, NoProgress(), backend)


def _moved(array: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    moved = array if array.shape == shape else array.transpose(axes)
    assert moved.shape == shape, f"{array.shape} is not {shape}"
    return np.ascontiguousarray(moved).reshape(shape)


@dataclass(eq=False)
class LiteRT:
    """A file that was run once, all tensors kept."""

    interpreter: object

    @classmethod
    def run(cls, data: bytes, feed: Arrays) -> LiteRT:
        """`feed` and outputs have ONNX layout; images are moved to NHWC and back."""
        found = interpreter.Interpreter(
            model_content=data, num_threads=1, experimental_preserve_all_tensors=True
        )
        found.allocate_tensors()
        for detail in found.get_input_details():
            x = _moved(feed[detail["name"]], tuple(detail["shape"]), (0, 2, 3, 1))
            found.set_tensor(detail["index"], x)
        found.invoke()
        return cls(found)

    def outputs(self, expected: Arrays) -> dict[str, np.ndarray]:
        """By name, with the shapes of what is expected."""
        details = self.interpreter.get_output_details()
        assert [detail["name"] for detail in details] == list(expected)
        return {
            detail["name"]: _moved(
                self.interpreter.get_tensor(detail["index"]),
                expected[detail["name"]].shape,
                (0, 3, 1, 2),
            )
            for detail in details
        }

    def int8(self, value: ir.Value) -> list[np.ndarray]:
        """What an int8 value may be in ONNX layout: one, or several where shapes do not tell."""
        details = {d["name"]: d for d in self.interpreter.get_tensor_details()}
        for name in (value.name, f"{value.name};1"):
            if name in details and details[name]["dtype"] == np.int8:
                return _layouts(self.interpreter.get_tensor(details[name]["index"]), value)
        return []


_ORDERS = {3: ((0, 2, 1), (1, 0, 2)), 4: ((0, 3, 1, 2),)}  # by rank, beside ONNX's own


def _layouts(stored: np.ndarray, value: ir.Value) -> list[np.ndarray]:
    shape = tuple(int(dim) for dim in value.shape)
    orders = _ORDERS.get(len(shape), ()) if stored.ndim == len(shape) else ()
    candidates = [stored, *(stored.transpose(order) for order in orders)]
    return [array for array in candidates if array.shape == shape]


def run_edgert(model: ir.Model, plan: QuantizationPlan, feed: Arrays) -> dict[str, np.ndarray]:
    """The optimized graph on edgert's own kernels."""
    program = lower_model(model, plan)
    session = edgert.InferenceSession(emit([(program, plan_memory(program))], BundleInfo()))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed)))


def int8_nodes(compiled: Compiled) -> Iterator[ir.Node]:
    """The nodes that compute in int8."""
    (variant,) = compiled.variants
    for node in variant.model.graph:
        if variant.plan.precision(node.name or "") is Precision.INT8:
            yield node


READER = "reader"


def run_node(node: ir.Node, plan: QuantizationPlan, feed: Arrays) -> np.ndarray:
    """The first output of one int8 node, alone, on edgert's own kernels, as int8."""
    params = plan.activations[node.outputs[0].name]
    extended = replace(
        plan,
        activations={**plan.activations, READER: params},
        decisions={**plan.decisions, READER: Decision(Precision.INT8)},
    )
    return quantize(run_edgert(_alone(node), extended, feed)[READER], params)


def _alone(node: ir.Node) -> ir.Model:
    assert node.graph is not None
    values = dict.fromkeys(value for value in node.inputs if value is not None)
    constants = [ir.to_proto(v.const_value) for v in values if v.const_value is not None]
    for value, proto in zip((v for v in values if v.const_value is not None), constants):
        proto.name = value.name
    computed = [ir.to_proto(value) for value in values if value.const_value is None]
    output = node.outputs[0]
    shape = [int(dim) for dim in output.shape]
    constants.append(onnx.numpy_helper.from_array(np.array(shape, np.int64), "reader_shape"))
    # Makes the node write int8: without a reader, or with a float one, it would write float.
    reader = onnx.helper.make_node("Reshape", [output.name, "reader_shape"], [READER], READER)
    result = onnx.helper.make_tensor_value_info(READER, onnx.TensorProto.FLOAT, shape)
    graph = onnx.helper.make_graph(
        [ir.to_proto(node), reader],
        "node",
        computed,
        [result],
        constants,
        value_info=[ir.to_proto(value) for value in node.outputs],
    )
    opsets = [onnx.helper.make_opsetid(d, v) for d, v in node.graph.opset_imports.items()]
    return ir.from_proto(onnx.helper.make_model(graph, opset_imports=opsets))


def one_step(node: ir.Node, plan: QuantizationPlan) -> int:
    """In steps of the output, what one step of the sums before its activation is, at least 1.

    A sum between two steps may go either way, and the output follows.
    """
    name = node.outputs[0].name or ""
    before = plan.activations.get(f"{name}{PREACTIVATION}")
    return 1 if before is None else max(1, ceil(before.scale / plan.activations[name].scale))


def largest_difference(node: ir.Node, plan: QuantizationPlan, litert: LiteRT) -> int | None:
    """In steps, between LiteRT and edgert of one int8 node, given what LiteRT computed before it.

    None where LiteRT has not computed that output, or not those inputs. Where shapes do not tell
    the layout of a tensor, the one that fits counts.
    """
    inputs = {v.name: v for v in node.inputs if v is not None and v.const_value is None}
    found = {name: litert.int8(value) for name, value in inputs.items()}
    outputs = litert.int8(node.outputs[0])
    if not outputs or not all(found.values()):
        return None
    best = 255
    for layout in range(max(len(arrays) for arrays in found.values())):
        fed = {
            name: dequantize(arrays[min(layout, len(arrays) - 1)], plan.activations[name])
            for name, arrays in found.items()
        }
        own = run_node(node, plan, fed).astype(np.int32)
        best = min(best, *(int(np.abs(own - y.astype(np.int32)).max()) for y in outputs))
    return best
