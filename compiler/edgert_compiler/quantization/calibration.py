"""Calibration: what values the activations take, observed on edgert's own float kernels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.operators import registry
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.passes import decompose
from edgert_compiler.quantization.graph import FindOp, QuantizableNode, operators, range_sources
from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.plan import PREACTIVATION
from edgert_compiler.quantization.readers import Feed
from edgert_compiler.quantization.unfuse import split_activation

Run = Callable[[Feed], Mapping[str, np.ndarray]]
Channels = tuple[str, int]
"""The name of a value, and the axis of its channels: products differ in that, reading one value."""


@dataclass(frozen=True)
class Wanted:
    """Values to observe, for histograms and for means per channel."""

    histograms: tuple[str, ...]
    means: tuple[Channels, ...] = ()


@dataclass(frozen=True)
class Statistics:
    """What was observed: histograms by value name, and float64 means per channel."""

    histograms: Mapping[str, Histogram]
    means: Mapping[Channels, np.ndarray]


def wanted(model: ir.Model, find: FindOp = registry.find, ports: Collection[str] = ()) -> Wanted:
    """What quantizing this optimized float model asks for.

    Ranges of everything that a plan may quantize, of values before fused activations too, and
    channel means of what products read; copies and selections of other values are left out, and
    so is what is computed in loops. And the ranges of `ports`, names of inputs and outputs.
    """
    ops = operators(model, find)
    sources = range_sources(ops)
    names: dict[str, None] = dict.fromkeys(ports)
    means: dict[Channels, None] = {}
    for op in ops:
        if op.role is QuantizationRole.FLOAT or op.loop:
            continue
        names |= dict.fromkeys(s.name or "" for v in op.data for s in sources(v))
        if op.product and not Activation.of(op.node).is_clamp:
            names[f"{op.output.name}{PREACTIVATION}"] = None
        if op.role is QuantizationRole.COMPUTE:
            names |= dict.fromkeys(value.name or "" for value in op.node.outputs)
        if op.product and op.weight is not None and op.data:
            means[channels_read(op)] = None
    return Wanted(tuple(names), tuple(means))


def channels_read(op: QuantizableNode) -> Channels:
    """What a product multiplies with its weights."""
    return op.data[0].name or "", 1 if op.node.op_type == "Conv" else -1


def calibration_model(model: ir.Model, what: Wanted, more: Iterable[str] = ()) -> ir.Model:
    """A copy of the model whose outputs are the wanted values that it computes, and `more`.

    What its backend computes whole is decomposed for edgert's kernels. Fused activations are
    separated where the value before them is wanted.
    """
    names = {*what.histograms, *(name for name, _ in what.means), *more}
    copy = model.clone()
    _output(copy.graph, names)  # outputs survive decomposing, under their names
    decompose(copy)
    for node in list(copy.graph):
        if f"{node.outputs[0].name}{PREACTIVATION}" in names:
            split_activation(node)
    _output(copy.graph, names)
    return copy


def _output(graph: ir.Graph, names: Collection[str]) -> None:
    graph.outputs[:] = [v for node in graph for v in node.outputs if v.name in names]


def observe(
    feeds: Iterable[Feed],
    what: Wanted,
    run: Run,
    progress: Callable[[int], None] | None = None,
) -> Statistics:
    """Statistics over all feeds.

    run: computes the calibration model's outputs by name. Inputs among the wanted values are
    observed as fed. progress: called with the number of samples done after each.
    """
    histograms = {name: Histogram() for name in what.histograms}
    sums: dict[Channels, np.ndarray] = {}
    done = 0
    for done, feed in enumerate(feeds, start=1):
        values = {**feed, **run(feed)}
        for name, histogram in histograms.items():
            if name in values:
                histogram.add(values[name])
        for key in what.means:
            name, axis = key
            mean = _channel_mean(values[name], axis)
            sums[key] = sums[key] + mean if key in sums else mean
        if progress is not None:
            progress(done)
    return Statistics(histograms, {key: total / done for key, total in sums.items()})


def _channel_mean(array: np.ndarray, axis: int) -> np.ndarray:
    others = tuple(dim for dim in range(array.ndim) if dim != axis % array.ndim)
    return array.mean(axis=others, dtype=np.float64)
