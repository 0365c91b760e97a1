"""The evaluator of saved packages takes the place of Core ML, which is on macOS only."""

from __future__ import annotations

import shutil

import pytest

from edgert.providers import coreml


@pytest.fixture
def evaluated_coreml(monkeypatch):
    """Makes the provider CoreML available; a list of the compute units of its models."""
    models = pytest.importorskip("coremltools.models", reason="coremltools is not installed")
    from tests.coreml.evaluator import load

    loaded = []

    def compile_model(package, destination):
        assert destination.endswith(".mlmodelc")
        return shutil.copytree(package, destination)

    class CompiledMLModel:
        def __init__(self, path, compute_units):
            self.predict = load(path).run
            loaded.append(compute_units.name)

    monkeypatch.setattr(coreml, "available", lambda: True)
    monkeypatch.setattr(models.utils, "compile_model", compile_model)
    monkeypatch.setattr(models, "CompiledMLModel", CompiledMLModel)
    return loaded
