"""TFLite files run by LiteRT."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from edgert_compiler.pipeline import Options

from ..cases import Case
from ..runtime import Runtime, compare, compile_case


class TFLite(Runtime):
    """The target's file in LiteRT; int8 operators are compared with edgert's one by one, too."""

    name = "tflite"
    legend = (
        "`--target tflite`, the file run by LiteRT on the CPU; in INT8 networks each int8 "
        "operator is also within one step of edgert's, given the same inputs"
    )

    def missing(self) -> str:
        return "" if find_spec("ai_edge_litert") else "ai-edge-litert is not installed"

    def run(self, case: Case) -> list[np.ndarray]:
        report, feed = compile_case(case, target="tflite")
        return self._run(case, report.bundle, feed)

    def check(self, case: Case) -> None:
        if not case.calibration:
            super().check(case)
            return
        from tests.tflite.litert import LiteRT, compile_tflite, int8_nodes, largest_difference

        compiled = compile_tflite(case.model, Options(calibration=case.calibration))
        compare(case, self._run(case, compiled.artifact.data, case.feed))
        litert = LiteRT.run(compiled.artifact.data, case.feed)
        (variant,) = compiled.variants
        steps = {n.name: largest_difference(n, variant.plan, litert) for n in int8_nodes(compiled)}
        assert any(step is not None for step in steps.values()), "no operator is in int8"
        wrong = {name: step for name, step in steps.items() if (step or 0) > 1}
        assert not wrong, f"steps between LiteRT and edgert: {wrong}"

    def _run(self, case: Case, data: bytes, feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        from tests.tflite.litert import LiteRT

        names = [value.name for value in case.model.graph.output]
        found = LiteRT.run(data, feed).outputs(dict(zip(names, case.expected)))
        return list(found.values())
