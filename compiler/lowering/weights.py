"""Weight scales that a quantization plan prescribes."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from edgert.compiler.quantization.plan import QuantizationPlan


def prescribed_scales(node: ir.Node, plan: QuantizationPlan, channels: int) -> np.ndarray | None:
    """f32 [channels] where the plan names the weights of the node (input 1), else None.

    One scale stands for all channels. A transposed convolution has one per output channel of a
    group, the same for every group.
    """
    weights = node.inputs[1]
    params = plan.weights.get(weights.name or "") if weights is not None else None
    if params is None:
        return None
    scale = np.asarray(params.scale, np.float32).reshape(-1)
    return np.tile(scale, channels // scale.size)
