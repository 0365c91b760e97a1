"""A bundle says what it was made from."""

from __future__ import annotations

import hashlib

import numpy as np
import onnx

import edgert
from edgert.bundle import BundleReader

from .small_model import save_small_model


def test_bundle_names_its_sources(tmp_path):
    path = tmp_path / "model.onnx"
    save_small_model(path)
    proto = onnx.load(path)
    [port] = proto.graph.input
    shape = [dim.dim_value for dim in port.type.tensor_type.shape.dim]
    samples = [{port.name: np.full(shape, i, np.float32)} for i in range(3)]

    def metadata(calibration):
        report = edgert.compile(path, calibration=calibration)
        return BundleReader(report.bundle).metadata()

    first = metadata(samples)
    assert first["source_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert first["compiler"] == edgert.__version__
    assert first["calibration_samples"] == "3"
    assert metadata(samples) == first
    assert metadata(samples[:2])["calibration_sha256"] != first["calibration_sha256"]
    assert "calibration_sha256" not in metadata(None)
