"""The kernel functions of support vector machines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import numbers, string
from edgert_compiler.passes.scores import constant_of, linear, typed


def expansion(
    node: ir.Node, x: ir.Value, vectors: np.ndarray, weights: np.ndarray, bias: Sequence[float]
) -> ir.Value:
    """[N, M]: weights [M, V] times the kernel functions of x [N, F] and vectors [V, F], plus bias.

    Without support vectors (V = 0) weights are those of the features.
    """
    rows, bias_array = dims(x), np.array(bias)
    assert rows is not None
    if not len(vectors):
        return linear(x, weights, bias_array)
    if string(node, "kernel_type", "LINEAR") == "LINEAR":
        return linear(x, weights @ vectors, bias_array)
    terms = typed(_kernel_function(node, x, vectors), (rows[0], len(vectors)))
    return linear(terms, weights, bias_array)


def _kernel_function(node: ir.Node, x: ir.Value, vectors: np.ndarray) -> ir.Value:
    """[N, V], for the kernels that are not linear.

    |x - v|^2 of the RBF kernel is expanded to products around the mean of the support vectors,
    where rounding is least.
    """
    gamma, offset, degree = (*numbers(node, "kernel_params"), 0.0, 0.0, 0.0)[:3]
    kind = string(node, "kernel_type", "LINEAR")
    if kind != "RBF":
        affine = linear(x, gamma * vectors, np.full(len(vectors), offset))
        if kind == "SIGMOID":
            return emit("Tanh", [affine])
        return emit("Pow", [affine, constant_of(degree, "degree")])
    centre = vectors.mean(axis=0).astype(np.float32)
    around = vectors - centre
    z = emit("Sub", [x, constant_of(centre, "centre")])
    z.shape, z.type = x.shape, x.type
    products = linear(z, 2 * gamma * around, -gamma * (around**2).sum(axis=1))
    axes = new_constant(np.array([1], np.int64), "axes")
    norm = emit("ReduceSum", [emit("Mul", [z, z]), axes], {"keepdims": 1})
    return emit("Exp", [emit("Sub", [products, emit("Mul", [norm, constant_of(gamma, "gamma")])])])
