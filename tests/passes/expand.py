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
            nodes.extend(_elementary(node.name, "silu", (), node.input[0], node.output[0]))
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
    return [*steps, *_elementary(name, activation, params, steps[-1].output[0], last)]


def _elementary(name: str, activation: str, params, x: str, y: str) -> list[onnx.NodeProto]:
    """The activation's definition, from x to y."""
    nodes: list[onnx.NodeProto] = []

    def op(kind: str, *operands: str | float, out: str = "") -> str:
        names = []
        for operand in operands:
            if isinstance(operand, str):
                names.append(operand)
                continue
            names.append(f"{y}/const{len(nodes)}_{len(names)}")
            value = numpy_helper.from_array(np.float32(operand), names[-1])
            nodes.append(helper.make_node("Constant", [], [names[-1]], value=value))
        result = out or f"{y}/step{len(nodes)}"
        nodes.append(helper.make_node(kind, names, [result]))
        return result

    def unit(v: str) -> str:
        return op("Min", op("Max", v, 0.0), 1.0)

    if activation == "":
        op("Identity", x, out=y)
    elif activation == "relu":
        op("Max", x, 0.0, out=y)
    elif activation == "clip":
        op("Min", op("Max", x, params[0]), params[1], out=y)
    elif activation == "leaky_relu":
        op("Where", op("Less", x, 0.0), op("Mul", x, params[0]), x, out=y)
    elif activation == "hard_swish":
        op("Mul", x, unit(op("Add", op("Mul", x, 1 / 6), 0.5)), out=y)
    elif activation == "hard_sigmoid":
        op("Identity", unit(op("Add", op("Mul", x, params[0]), params[1])), out=y)
    elif activation == "silu":
        op("Div", x, op("Add", op("Exp", op("Neg", x)), 1.0), out=y)
    elif activation == "sigmoid":
        op("Sigmoid", x, out=y)
    elif activation == "tanh":
        op("Tanh", x, out=y)
    elif activation == "gelu":
        phi = op("Add", op("Erf", op("Div", x, float(np.sqrt(2)))), 1.0)
        op("Mul", op("Mul", x, 0.5), phi, out=y)
    else:
        raise AssertionError(f"{name}: unknown activation {activation}")
    return nodes


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
