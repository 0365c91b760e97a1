"""Reference evaluation of optimized models: edgert's operators written out in ONNX's.

Shares no code with the passes: a node of domain edgert becomes the ONNX operator, Add for the
residual, and the activation's definition in elementary operators; onnxruntime runs the result.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def run_onnx(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Outputs of a plain ONNX model, without onnxruntime's own optimizations."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, feeds)


def run_optimized(model: ir.Model, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Outputs of a model that may contain operators of domain edgert."""
    return run_onnx(expand(model), feeds)


def expand(model: ir.Model) -> onnx.ModelProto:
    """The model in ONNX's own operators."""
    proto = ir.to_proto(model)
    nodes: list[onnx.NodeProto] = []
    for node in proto.graph.node:
        if node.domain == "edgert":
            nodes.extend(_expand_node(node))
        elif node.op_type == "Swish" and node.domain == "":
            nodes.extend(_elementary("silu", (), node.input[0], node.output[0]))
        else:
            nodes.append(node)
    del proto.graph.node[:], proto.graph.value_info[:]
    proto.graph.node.extend(nodes)
    for value in proto.graph.output:
        value.type.tensor_type.ClearField("shape")
    kept = [o for o in proto.opset_import if o.domain != "edgert"]
    del proto.opset_import[:]
    proto.opset_import.extend(kept)
    proto.ir_version = min(proto.ir_version, 10)
    return proto


def _expand_node(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    activation = attributes.pop("activation").decode()
    params = list(attributes.pop("activation_params"))
    inputs = [*node.input, "", "", ""]
    x, w, bias, residual = inputs[:4]
    last, name = node.output[0], node.name
    steps: list[onnx.NodeProto] = []
    if node.op_type == "Gemm":
        steps.append(helper.make_node("MatMul", [x, w], [f"{last}/product"], name))
        if bias:
            steps.append(helper.make_node("Add", [f"{last}/product", bias], [f"{last}/biased"]))
    else:
        operands = [x, w, bias] if bias else [x, w]
        steps.append(
            helper.make_node(node.op_type, operands, [f"{last}/product"], name, **attributes)
        )
    if residual:
        steps.append(helper.make_node("Add", [steps[-1].output[0], residual], [f"{last}/residual"]))
    return [*steps, *_elementary(activation, params, steps[-1].output[0], last)]


class _Chain:
    """Builds nodes one after the other; numbers become Constant nodes."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[onnx.NodeProto] = []

    def __call__(self, kind: str, *operands: str | float) -> str:
        names = [o if isinstance(o, str) else self._constant(o) for o in operands]
        return self._append(helper.make_node(kind, names, [self._name()]))

    def _constant(self, number: float) -> str:
        value = numpy_helper.from_array(np.float32(number), "value")
        return self._append(helper.make_node("Constant", [], [self._name()], value=value))

    def _name(self) -> str:
        return f"{self.prefix}/{len(self.nodes)}"

    def _append(self, node: onnx.NodeProto) -> str:
        self.nodes.append(node)
        return node.output[0]


def _unit(op: _Chain, v: str) -> str:
    return op("Min", op("Max", v, 0.0), 1.0)


_DEFINITIONS = {
    "": lambda op, x: op("Identity", x),
    "relu": lambda op, x: op("Max", x, 0.0),
    "clip": lambda op, x, low, high: op("Min", op("Max", x, low), high),
    "leaky_relu": lambda op, x, a: op("Where", op("Less", x, 0.0), op("Mul", x, a), x),
    "hard_swish": lambda op, x: op("Mul", x, _unit(op, op("Add", op("Mul", x, 1 / 6), 0.5))),
    "hard_sigmoid": lambda op, x, a, b: _unit(op, op("Add", op("Mul", x, a), b)),
    "silu": lambda op, x: op("Div", x, op("Add", op("Exp", op("Neg", x)), 1.0)),
    "sigmoid": lambda op, x: op("Sigmoid", x),
    "tanh": lambda op, x: op("Tanh", x),
    "gelu": lambda op, x: op(
        "Mul", op("Mul", x, 0.5), op("Add", op("Erf", op("Mul", x, 0.5**0.5)), 1.0)
    ),
}


def _elementary(activation: str, params, x: str, y: str) -> list[onnx.NodeProto]:
    """The activation's definition, from x to y."""
    op = _Chain(y)
    result = _DEFINITIONS[activation](op, x, *params)
    return [*op.nodes, helper.make_node("Identity", [result], [y])]


def random_feeds(model: onnx.ModelProto, seed: int = 0) -> dict[str, np.ndarray]:
    """Standard normal inputs (small integers where the type is one); symbolic dimensions are 1."""
    rng = np.random.default_rng(seed)
    constants = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in constants:
            continue
        tensor = value.type.tensor_type
        shape = [dim.dim_value or 1 for dim in tensor.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if tensor.elem_type in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16):
            feeds[value.name] = rng.standard_normal(shape).astype(dtype)
        else:
            feeds[value.name] = rng.integers(0, 2, shape).astype(dtype)
    return feeds
