"""How sessions, profiles and reports show themselves."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import edgert
from edgert._introspection import CallProfile
from edgert.profile import Profile
from edgert_compiler.report import CompileReport

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits" / "digits.onnx"
IMAGE = np.zeros((1, 1, 8, 8), np.float32)


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> CompileReport:
    return edgert.compile(DIGITS, output=tmp_path_factory.mktemp("m") / "digits.edgert")


def cells(html: str) -> list[str]:
    """The texts of well-formed tables."""
    return [text for text in ElementTree.fromstring(f"<x>{html}</x>").itertext() if text]


def test_sessions(report):
    session = edgert.InferenceSession(report.output, num_threads=1)
    text = repr(session)
    assert report.output in text
    assert "'image' (float32 [1, 1, 8, 8]) -> 'logits' (float32 [1, 10])" in text
    assert "\n" not in text
    found = cells(session._repr_html_())
    assert {"image", "logits", "float32", "[1, 1, 8, 8]"} <= set(found)
    session.close()
    assert "closed" in repr(session)
    assert "closed" in cells(session._repr_html_())[0]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_sessions_from_memory_do_not_show_the_bundle(report, kind):
    session = edgert.InferenceSession(kind(report.bundle))
    assert len(repr(session)) < 200
    assert "kB" in repr(session)


def test_profiles():
    calls = [("c0", "conv", 3_000_000), ("a", "add", 1_000_000), ("c<1>", "conv", 4_000_000)]
    profile = Profile(CallProfile(*call) for call in calls)
    assert profile.ms == 8
    assert [index for index, _ in profile.slowest()] == [2, 0, 1]
    assert profile.by_kernel() == [("conv", 2, 7.0, 0.875), ("add", 1, 1.0, 0.125)]
    assert profile[0].name == "c0"
    assert [line.split() for line in repr(profile).splitlines()[1:]] == [
        ["7.000", "ms", "87.5", "%", "2", "x", "conv"],
        ["1.000", "ms", "12.5", "%", "1", "x", "add>"],
    ]
    found = cells(profile._repr_html_())
    assert "c<1>" in found
    assert found.index("c<1>") < found.index("c0")


def test_sessions_profile_every_call(report):
    session = edgert.InferenceSession(report.output)
    profile = session.profile({"image": IMAGE})
    assert isinstance(profile, Profile)
    assert len(profile) == sum(report.kernels.values())
    assert {kernel.kernel: kernel.calls for kernel in profile.by_kernel()} == report.kernels


def test_an_empty_profile():
    assert Profile().by_kernel() == []
    assert "0 calls" in repr(Profile())
    assert cells(Profile()._repr_html_())


def test_reports(report):
    text = repr(report)
    assert text.startswith(f"<CompileReport: {report.output}, ")
    assert len(text) < 300
    found = cells(report._repr_html_())
    assert {"written", "target", "host", "kernels", "arena"} <= set(found)
    assert set(report.notes) <= set(found)
