"""onnxruntime's matrix product with weights of few bits."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.nodes import array_of, optional
from edgert_compiler.passes.base import Refusal, Rewrite, Rule, Stage


class MatMulNBits(Rule):
    """Weights in blocks along K, several to a byte, with a scale for each block.

    com.microsoft.MatMulNBits{K, N, bits, block_size}(x, W, scales, zero points?, -, bias?)
        =>   Add(MatMul(x, Transpose(DequantizeLinear{block_size}(W, scales, zero points))), bias)

    W is uint8 [N, blocks, block_size * bits / 8], the lowest bits first; scales are [N, blocks];
    zero points are packed likewise, and 2^(bits - 1) where absent.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"com.microsoft.MatMulNBits"})

    def apply(self, node: ir.Node) -> Rewrite | Refusal | None:
        """Refuses weights that are computed, and reordered groups."""
        x = node.inputs[0]
        packed, scales = array_of(node.inputs[1]), array_of(node.inputs[2])
        zeros = optional(node, 3)
        if packed is None or scales is None or (zeros is not None and array_of(zeros) is None):
            return Refusal("its weights are computed while running")
        if optional(node, 4) is not None:
            return Refusal("its groups are reordered (g_idx)")
        zero = array_of(zeros)
        if zero is not None and zero.dtype != np.uint8:
            return Refusal("its zero points are not integers")
        weights = emit("Transpose", [_dequantized(node, packed, scales, zero)], {"perm": [1, 0]})
        y = emit("MatMul", [x, weights])
        bias = optional(node, 5)
        return Rewrite((y if bias is None else emit("Add", [y, bias]),))


def _dequantized(
    node: ir.Node, packed: np.ndarray, scales: np.ndarray, zeros: np.ndarray | None
) -> ir.Value:
    """[N, K]"""
    k, n = node.attributes.get_int("K"), node.attributes.get_int("N")
    assert k is not None
    assert n is not None
    bits = node.attributes.get_int("bits", 4) or 4
    blocks = scales.size // n
    if zeros is None:
        zero = np.full((n, blocks), 1 << (bits - 1), np.uint8)
    else:
        zero = _unpacked(zeros.reshape(n, -1), bits)[:, :blocks]
    levels = _unpacked(packed.reshape(n, -1), bits)[:, :k]
    arrays = {"levels": levels, "scales": scales.reshape(n, blocks), "zeros": zero}
    name = node.inputs[1].name  # type: ignore[union-attr]
    operands = [new_constant(array, f"{name}_{what}") for what, array in arrays.items()]
    block_size = node.attributes.get_int("block_size") or k
    return emit("DequantizeLinear", operands, {"axis": 1, "block_size": block_size})


def _unpacked(array: np.ndarray, bits: int) -> np.ndarray:
    """Each byte of the last axis as its fields, the lowest bits first."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    fields = (array[..., None] >> shifts) & np.uint8((1 << bits) - 1)
    return fields.reshape(*array.shape[:-1], -1)
