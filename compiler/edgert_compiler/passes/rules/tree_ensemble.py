"""TreeEnsemble as a sum, minimum or maximum over trees."""

from __future__ import annotations

import onnx_ir as ir

from edgert_compiler.graph.building import emit
from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import integer, integers
from edgert_compiler.passes.base import Rewrite, Rule, Stage
from edgert_compiler.passes.scores import POST_TRANSFORMS
from edgert_compiler.passes.trees import finished, tree_features, tree_sum

_AVERAGE, _SUM = 0, 1


class TreeEnsemble(Rule):
    """Averages and transforms come after the trees, as for TreeEnsembleRegressor.

        TreeEnsemble{AVERAGE, SOFTMAX}(x)   =>   Softmax(Div(TreeEnsemble{SUM}(x), trees))

    float16 is computed in float32.
    """

    stage = Stage.CANONICALIZE
    ops = frozenset({"ai.onnx.ml.TreeEnsemble"})

    def apply(self, node: ir.Node) -> Rewrite | None:
        """None for what has this form."""
        x = tree_features(node.inputs[0])
        aggregate = integer(node, "aggregate_function", _SUM)
        transform = integer(node, "post_transform", 0)
        if x is None:
            return None
        simple = aggregate != _AVERAGE and transform == 0
        if simple and x is node.inputs[0] and dims(node.outputs[0]) is not None:
            return None
        average = aggregate == _AVERAGE
        replaced = {"aggregate_function", "post_transform"}
        kept = [a for name, a in node.attributes.items() if name not in replaced]
        kept.append(ir.AttrInt64("aggregate_function", _SUM if average else aggregate))
        targets = integer(node, "n_targets", 1)
        assert x.dtype is not None
        kept = [_converted(attribute, x.dtype) for attribute in kept]
        total = tree_sum("ai.onnx.ml.TreeEnsemble", x, kept, targets, x.dtype)
        trees = len(integers(node, "tree_roots")) if average else None
        y = finished(total, trees, None, POST_TRANSFORMS[transform], targets)
        wanted = node.outputs[0].dtype
        if wanted is not None and wanted != x.dtype:
            y = emit("Cast", [y], {"to": int(wanted)})
        return Rewrite((y,))


def _converted(attribute: ir.Attr, dtype: ir.DataType) -> ir.Attr:
    """Tensors of thresholds and weights must have the type of x."""
    if attribute.type != ir.AttributeType.TENSOR or attribute.name == "nodes_modes":
        return attribute
    values = attribute.as_tensor().numpy().astype(dtype.numpy())
    return ir.AttrTensor(attribute.name, ir.tensor(values))
