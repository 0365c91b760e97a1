"""Bundles whose supported partitions are Core ML packages beside kernels for the CPU."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import onnx_ir as ir

from edgert.providers.coreml import NAME, PACKAGE, PORTS
from edgert_compiler.backend import Work
from edgert_compiler.graph.nodes import shape_of
from edgert_compiler.program.ir import Port
from edgert_compiler.progress import NoProgress
from edgert_compiler.quantization.plan import Decision, Precision, QuantizationPlan
from edgert_compiler.segments import SegmentedBundle
from edgert_compiler.unsupported import Unsupported
from edgert_targets.coreml.mil.backend import CoreML

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same model gives the same bytes


@dataclass(frozen=True)
class CoreMLBundle(SegmentedBundle):
    """Payloads are .mlpackage folders in an archive; `ios` is that of `CoreML`."""

    provider: ClassVar[str] = NAME
    int8_ports: ClassVar[bool] = False
    target: str = "coreml"
    ios: int = 0
    int8_activations: bool = True

    def unsupported_nodes(self, model: ir.Model) -> list[Unsupported]:
        return self._packages.unsupported_nodes(model)

    def payload(self, part: Work, types: Mapping[str, str]) -> bytes:
        graph = part.model.graph
        self._packages.check_ports(graph)
        plan = _weights_instead_of_dynamic(part.plan)
        alone = replace(part, plan=plan, preprocess=None, image="", labels=(), metadata={})
        artifact = self._packages.emit(alone, NoProgress())
        inputs = [value for value in graph.inputs if value.const_value is None]
        ports = {
            "inputs": _described(inputs, artifact.inputs),
            "outputs": _described(graph.outputs, artifact.outputs),
        }
        return _archive(artifact.files, ports)

    @property
    def _packages(self) -> CoreML:
        return CoreML(self.ios, self.int8_activations)


def _weights_instead_of_dynamic(plan: QuantizationPlan) -> QuantizationPlan:
    """The same int8 weights, without activations that are quantized while running."""
    decisions = {
        name: Decision(Precision.WEIGHTS) if decision.precision is Precision.DYNAMIC else decision
        for name, decision in plan.decisions.items()
    }
    return replace(plan, decisions=decisions)


def _described(values: Sequence[ir.Value], ports: Sequence[Port]) -> list[object]:
    """Name in the package; element type and shape in the program, for each port."""
    return [
        [port.name, np.dtype(value.dtype.numpy()).name, shape_of(value)]
        for value, port in zip(values, ports)
        if value.dtype is not None
    ]


def _archive(files: Mapping[str, bytes], ports: Mapping[str, object]) -> bytes:
    contents = {PORTS: json.dumps(ports).encode()}
    contents.update({f"{PACKAGE}/{path}": data for path, data in sorted(files.items())})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in contents.items():
            archive.writestr(zipfile.ZipInfo(path, _LONG_AGO), data)
    return buffer.getvalue()
