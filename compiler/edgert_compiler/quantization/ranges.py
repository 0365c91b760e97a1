"""Where the parameters of values come from: calibration, or the Q/DQ nodes of a model."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.activation import Activation
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.operators.base import QuantizationRole
from edgert_compiler.quantization.graph import QuantizableNode, range_sources
from edgert_compiler.quantization.histogram import Histogram
from edgert_compiler.quantization.observers.base import Observer
from edgert_compiler.quantization.params import params_from_range
from edgert_compiler.quantization.plan import PREACTIVATION
from edgert_compiler.quantization.prescription import Prescription


class UnquantizableError(Exception):
    """A value cannot be int8; the message says why."""


class Ranges(abc.ABC):
    """Gives parameters to values that share them."""

    @abc.abstractmethod
    def params(self, names: Sequence[str], origins: Sequence[str]) -> QuantParams:
        """Parameters for these values together. Raises UnquantizableError.

        origins: values that the first ones are copies or selections of.
        """

    @abc.abstractmethod
    def before_activation(self, node: ir.Node, output: QuantParams) -> QuantParams | None:
        """Parameters between a product and its fused activation; None to keep that float.

        output: the parameters of the node's output.
        """


class CalibratedRanges(Ranges):
    """Chosen by an observer from the histograms of what was seen.

    left_out: reasons by name of values that must not be int8. ported: parameters of values that are
    bytes of the model.
    """

    def __init__(
        self,
        histograms: Mapping[str, Histogram],
        observer: Observer,
        left_out: Mapping[str, str] | None = None,
        ported: Mapping[str, QuantParams] | None = None,
    ) -> None:
        self.histograms = histograms
        self.observer = observer
        self.left_out = left_out or {}
        self.ported = ported or {}

    def params(self, names: Sequence[str], origins: Sequence[str]) -> QuantParams:
        """Of all histograms, merged; as the bytes have it, where all are bytes of the model."""
        for name in names:
            if name in self.left_out:
                raise UnquantizableError(self.left_out[name])
        known = {self.ported.get(name) for name in origins}
        if len(known) == 1 and (params := known.pop()) is not None:
            return params
        return params_from_range(*self._range([*names, *origins]))

    def before_activation(self, node: ir.Node, output: QuantParams) -> QuantParams | None:
        """Of the histogram, without the ends where the output changes by less than half a step."""
        try:
            low, high = self._range([f"{node.outputs[0].name}{PREACTIVATION}"])
        except UnquantizableError:
            return None
        return params_from_range(*active_range(node, low, high, output.scale / 2))

    def _range(self, names: Sequence[str]) -> tuple[float, float]:
        merged = Histogram()
        for name in dict.fromkeys(names):
            if name in self.histograms:
                merged.merge(self.histograms[name])
        if merged.nonfinite:
            raise UnquantizableError(f"'{names[0]}' was not always finite during calibration")
        if not len(merged):
            raise UnquantizableError(f"'{names[0]}' was not observed during calibration")
        if merged.minimum == merged.maximum == 0:
            raise UnquantizableError(f"'{names[0]}' was always zero during calibration")
        return self.observer.range(merged)


class PrescribedRanges(Ranges):
    """As the Q/DQ nodes of the model say."""

    def __init__(self, activations: Mapping[str, QuantParams]) -> None:
        self.activations = activations

    def params(self, names: Sequence[str], origins: Sequence[str]) -> QuantParams:
        """Of the value that has any; where several differ, those of the widest range."""
        for candidates in (names, origins):
            found = [self.activations[name] for name in candidates if name in self.activations]
            if found:
                return max(found, key=lambda params: params.scale)
        raise UnquantizableError(f"the model gives '{names[0]}' no quantization")

    def before_activation(self, node: ir.Node, output: QuantParams) -> QuantParams | None:
        """As a rule None: a value with Q/DQ nodes of its own is not fused away."""
        return self.activations.get(f"{node.outputs[0].name}{PREACTIVATION}")


def without_prescription(
    ops: Sequence[QuantizableNode], prescription: Prescription
) -> dict[str, str]:
    """Why not int8, by name of the operators that read what the model does not quantize to 8 bits.

    Selections and movements of a value have its quantization.
    """
    sources = range_sources(ops)
    given = {**prescription.ported, **prescription.activations}
    reasons = {}
    for op in ops:
        if op.role is not QuantizationRole.COMPUTE:
            continue
        for value in op.data:
            origins = [origin.name or "" for origin in sources(value)]
            missing = [name for name in origins if name not in given]
            if value.name in given or not missing:
                continue
            wide = map(prescription.wide_reason, (value.name or "", *missing))
            nothing = f"the model gives '{value.name}' no quantization"
            reasons[op.name] = next(filter(None, wide), nothing)
    return reasons


def ported_params(
    ops: Sequence[QuantizableNode], prescription: Prescription
) -> dict[str, QuantParams]:
    """Parameters by name of what products read, where that is bytes of the model, at most moved."""
    sources = range_sources(ops)
    found = {}
    for value in (op.data[0] for op in ops if op.product and op.data):
        known = {prescription.ported.get(origin.name or "") for origin in sources(value)}
        if len(known) == 1 and (params := known.pop()) is not None:
            found[value.name or ""] = params
    return found


def active_range(node: ir.Node, low: float, high: float, tolerance: float) -> tuple[float, float]:
    """[low, high] without the ends in which the fused activation varies by at most `tolerance`."""
    x = np.linspace(low, high, 4096)
    y = Activation.of(node)(x)
    still_low = _steady(y, tolerance)
    still_high = _steady(y[::-1], tolerance)
    return min(float(x[still_low]), 0.0), max(float(x[x.size - 1 - still_high]), 0.0)


def _steady(y: np.ndarray, tolerance: float) -> int:
    """Index of the last value up to which y stays within `tolerance` of all before."""
    spread = np.maximum.accumulate(y) - np.minimum.accumulate(y)
    return int(np.searchsorted(spread, tolerance, side="right")) - 1
