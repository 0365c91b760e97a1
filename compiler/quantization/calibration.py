"""Calibration: what values the activations take, observed on edgert's own float kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import onnx_ir as ir

from edgert.compiler.ops import registry
from edgert.compiler.ops.base import Int8
from edgert.compiler.quantization.graph import FindOp, operators, range_sources
from edgert.compiler.quantization.histogram import Histogram
from edgert.compiler.quantization.plan import PREACTIVATION
from edgert.compiler.quantization.readers import Feed
from edgert.compiler.quantization.unfuse import CLAMPS, activation_of, split_activation

Run = Callable[[Feed], Mapping[str, np.ndarray]]


def observed_values(model: ir.Model, find: FindOp = registry.find) -> list[str]:
    """Names of the values whose ranges a static plan may ask for, in execution order.

    Copies and selections of other values are left out, values before fused activations included.
    """
    ops = operators(model, find)
    sources = range_sources(ops)
    names: dict[str, None] = {}
    for op in ops:
        if op.role is Int8.NONE:
            continue
        outputs = op.node.outputs if op.role is Int8.COMPUTE else ()
        names |= dict.fromkeys(s.name or "" for v in op.data for s in sources(v))
        if op.product and activation_of(op.node) not in CLAMPS:
            names[f"{op.output.name}{PREACTIVATION}"] = None
        names |= dict.fromkeys(value.name or "" for value in outputs)
    return list(names)


def calibration_model(model: ir.Model, names: Iterable[str]) -> ir.Model:
    """A copy of the model whose outputs are the values of these names that it computes.

    Fused activations are separated where the value before them is asked for.
    """
    names = set(names)
    copy = model.clone()
    for node in list(copy.graph):
        if f"{node.outputs[0].name}{PREACTIVATION}" in names:
            split_activation(node)
    copy.graph.outputs[:] = [v for node in copy.graph for v in node.outputs if v.name in names]
    return copy


def observe(
    feeds: Iterable[Feed],
    names: Iterable[str],
    run: Run,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Histogram]:
    """Histograms by value name over all feeds.

    run: computes the calibration model's outputs by name. Inputs among the names are observed as
    fed. progress: called with the number of samples done after each.
    """
    histograms = {name: Histogram() for name in names}
    for done, feed in enumerate(feeds, start=1):
        outputs = run(feed)
        for name, histogram in histograms.items():
            values = outputs.get(name, feed.get(name))
            if values is not None:
                histogram.add(values)
        if progress is not None:
            progress(done)
    return histograms
