"""The models of this folder are worth their name: no kernel is missing among their calls."""

from __future__ import annotations

import edgert
from edgert import _introspection

from .models import MODELS, feed


def test_models_call_every_kernel():
    called = set()
    for make in MODELS.values():
        model = make()
        samples = [feed(model, seed) for seed in range(2)]
        for options in ({"precision": "fp32"}, {}, {"calibration": samples}):
            called |= set(edgert.compile(model, **options).kernels)
    half = edgert.compile(MODELS["convolutions"](), precision="fp16", target="arm64-fp16")
    called |= set(half.kernels)
    assert called == {name for name, _ in _introspection.kernels()}
