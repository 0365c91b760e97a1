"""ArrayFeatureExtractor of ai.onnx.ml."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.building import emit, new_constant
from edgert_compiler.graph.matching import dims
from edgert_compiler.passes.base import Rewrite, Rule, Stage


class ArrayFeatureExtractor(Rule):
    """Columns by index, as scikit-learn exports look-ups of class labels.

    ArrayFeatureExtractor(x[..., N], i[1, K])   =>   Gather{axis=-1}(x, Reshape(i, [K]))
    ArrayFeatureExtractor(x[N], i[1, K])        =>   Gather{axis=-1}(x, Reshape(i, [1, K]))
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.ArrayFeatureExtractor"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """Always possible where shapes are known."""
        x, indices = node.inputs
        size = dims(indices) if indices is not None else None
        data = dims(x) if x is not None else None
        if size is None or not data:
            return None
        shape = np.array([1, -1] if len(data) == 1 else [-1], np.int64)
        flat = emit("Reshape", [indices, new_constant(shape, f"{node.name}_shape")])
        return Rewrite((emit("Gather", [x, flat], {"axis": len(data) - 1}),))
