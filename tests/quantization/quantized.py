"""Small quantized models, and onnxruntime to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import edgert

DTYPES = {
    "int8": np.dtype(np.int8),
    "uint8": np.dtype(np.uint8),
    "int16": np.dtype(np.int16),
    "uint16": np.dtype(np.uint16),
    "int4": np.dtype(ml_dtypes.int4),
    "uint4": np.dtype(ml_dtypes.uint4),
}

Nodes = Iterable[tuple]


def limits(dtype: str) -> tuple[int, int]:
    """The smallest and the largest number."""
    bits = int(dtype.removeprefix("u").removeprefix("int"))
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def span(dtype: str) -> int:
    """Steps from the smallest to the largest number."""
    low, high = limits(dtype)
    return high - low


def middle(dtype: str) -> int:
    """A zero point for a symmetric range."""
    low, high = limits(dtype)
    return 0 if low else (high + 1) // 2


def made(nodes: Nodes) -> list[onnx.NodeProto]:
    """From (operator with its domain, inputs, outputs, attributes); names apart by blanks."""
    result = []
    for op, inputs, outputs, *rest in nodes:
        domain, _, op_type = op.rpartition(".")
        names = ["" if name == "-" else name for name in inputs.split()]
        attributes = rest[0] if rest else {}
        result.append(
            helper.make_node(op_type, names, outputs.split(), domain=domain, **attributes)
        )
    return result


def ports(arrays: Mapping[str, np.ndarray]) -> list[onnx.ValueInfoProto]:
    """Declarations of values of these types and shapes."""
    return [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        for name, a in arrays.items()
    ]


def build(
    nodes: Nodes, constants: Mapping[str, object], feed: Mapping[str, np.ndarray]
) -> onnx.ModelProto:
    """A model from the inputs of `feed` to the float output y; constants: arrays or tensors."""
    tensors = [
        value
        if isinstance(value, onnx.TensorProto)
        else numpy_helper.from_array(np.asarray(value), name)
        for name, value in constants.items()
    ]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(made(nodes), "quantized", ports(feed), [y], tensors)
    domains = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=10)


def reference(model: onnx.ModelProto, feed: Mapping[str, np.ndarray]) -> np.ndarray:
    """What onnxruntime computes node by node, as the standard says."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, feed)[0]


def check(
    model: onnx.ModelProto,
    feed: Mapping[str, np.ndarray],
    step: float,
    off: float = 0.005,
    **options: object,
) -> dict[str, str]:
    """Compares in steps of the output; `off`: the share that may be one step away.

    Returns precision and reason of the products.
    """
    report = edgert.compile(model, **options)
    actual = edgert.InferenceSession(report.bundle).run(None, feed)[0]
    expected = reference(model, feed)
    assert np.isfinite(expected).all()
    assert np.ptp(expected) > 3 * step, "the case says nothing"
    distance = np.abs(actual.astype(np.float64) - expected) / step
    assert distance.max() < 1.01
    assert (distance > 0.01).mean() <= off
    products = ("Conv", "ConvTranspose", "Gemm", "MatMul")
    return {n.precision: n.reason for n in report.nodes if n.op in products}


@dataclass(frozen=True)
class Product:
    """An operator with weights; `axis`: of the weights, along the output channels."""

    op: str
    weights: tuple[int, ...]
    axis: int
    x: tuple[int, ...]
    attributes: tuple[tuple[str, object], ...] = ()


_PADDED = ("pads", (1, 1, 1, 1))
PRODUCTS = {
    "conv": Product("Conv", (12, 8, 3, 3), 0, (1, 8, 9, 9), (_PADDED,)),
    "pointwise": Product("Conv", (20, 16, 1, 1), 0, (1, 16, 7, 7)),
    "depthwise": Product("Conv", (16, 1, 3, 3), 0, (1, 16, 9, 9), (_PADDED, ("group", 16))),
    "grouped": Product("Conv", (16, 4, 3, 3), 0, (1, 16, 9, 9), (_PADDED, ("group", 4))),
    "transposed": Product("ConvTranspose", (8, 12, 3, 3), 1, (1, 8, 5, 5), (("strides", (2, 2)),)),
    "matmul": Product("MatMul", (24, 20), 1, (5, 24)),
    "deep": Product("MatMul", (3000, 5), 1, (2, 3000)),
    "gemm": Product("Gemm", (20, 24), 0, (5, 24), (("transB", 1),)),
}


def weights_of(
    product: Product,
    dtype: str,
    rng: np.random.Generator,
    *,
    per_channel: bool = True,
    zero_points: str = "middle",
) -> dict[str, np.ndarray]:
    """w over the whole type, ws and wz; zero_points: "middle", "lowest" or "random"."""
    low, high = limits(dtype)
    count = product.weights[product.axis] if per_channel else 1
    shape = (count,) if per_channel else ()
    zeros = np.full(count, low if zero_points == "lowest" else middle(dtype))
    if zero_points == "random":
        spread = (high - low) // 8
        zeros = np.clip(zeros + rng.integers(-spread, spread + 1, count), low, high)
    return {
        "w": rng.integers(low, high + 1, product.weights).astype(DTYPES[dtype]),
        "ws": (rng.uniform(1, 2, count) / (high - low)).astype(np.float32).reshape(shape),
        "wz": zeros.astype(DTYPES[dtype]).reshape(shape),
    }


def activation(name: str, dtype: str, reach: float) -> dict[str, np.ndarray]:
    """Scale and zero point for [-reach, reach], as <name>s and <name>z."""
    return {
        f"{name}s": np.float32(2 * reach / span(dtype)),
        f"{name}z": np.array(middle(dtype), DTYPES[dtype]),
    }


def qdq(
    product: Product,
    dtype: str = "uint8",
    weight: str = "int8",
    *,
    result: str = "",
    seed: int = 0,
    **weights: object,
) -> tuple[onnx.ModelProto, dict[str, np.ndarray], float]:
    """(model, feed, step of the output): x, weights, bias and result between Q/DQ nodes."""
    rng = np.random.default_rng(seed)
    count = product.weights[product.axis]
    inputs = int(np.prod(product.weights)) // count
    constants = {
        **weights_of(product, weight, rng, **weights),
        **activation("x", dtype, 4),
        **activation("y", result or dtype, 2 * np.sqrt(inputs)),
        "b": rng.integers(-2000, 2000, count).astype(np.int32),
    }
    constants["bs"] = np.broadcast_to(constants["ws"] * constants["xs"], (count,))
    bias = "" if product.op == "MatMul" else " bd"
    nodes = [
        ("QuantizeLinear", "x xs xz", "xq"),
        ("DequantizeLinear", "xq xs xz", "xd"),
        ("DequantizeLinear", "w ws wz", "wd", {"axis": product.axis}),
        ("DequantizeLinear", "b bs", "bd", {"axis": 0}),
        (product.op, f"xd wd{bias}", "c", dict(product.attributes)),
        ("QuantizeLinear", "c ys yz", "yq"),
        ("DequantizeLinear", "yq ys yz", "y"),
    ]
    if not bias:
        del nodes[3], constants["b"], constants["bs"]
    feed = {"x": (1.7 * rng.standard_normal(product.x)).astype(np.float32)}
    return build(nodes, constants, feed), feed, float(constants["ys"])
