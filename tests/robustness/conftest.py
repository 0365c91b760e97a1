"""Bundles of the real compiler, to be damaged."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import edgert

from .models import kitchen_sink, samples


@pytest.fixture(scope="session")
def bundles() -> Mapping[str, bytes]:
    """The same model in float, with dynamic and with static quantization."""
    model = kitchen_sink()
    reports = {
        "fp32": edgert.compile(model, precision="fp32"),
        "dynamic": edgert.compile(model),
        "int8": edgert.compile(model, calibration=samples()),
    }
    kernels = {kernel for report in reports.values() for kernel in report.kernels}
    assert len(kernels) > 20, "the model is meant to use most kernels"
    return {name: report.bundle for name, report in reports.items()}
