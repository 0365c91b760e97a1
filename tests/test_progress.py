"""What a compilation tells about where it is."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

import edgert
from edgert_compiler.quantization.readers import InputSpec, sample_count

from .cli.conftest import in_terminal

ROOT = Path(__file__).resolve().parents[1]
DIGITS = ROOT / "examples" / "digits" / "digits.onnx"
IMAGE = np.zeros((1, 1, 8, 8), np.float32)
SPEC = (InputSpec("image", np.dtype(np.float32), (1, 1, 8, 8)),)


class Recorder:
    def __init__(self) -> None:
        self.stages: list[str] = []
        self.samples: list[tuple[int, int | None]] = []

    def stage(self, name: str) -> None:
        self.stages.append(name)

    def advance(self, done: int, total: int | None) -> None:
        self.samples.append((done, total))


def test_stages_and_samples():
    told = Recorder()
    edgert.compile(DIGITS, calibration=[{"image": IMAGE}] * 3, progress=told)
    assert told.stages[:3] == ["import", "optimize", "calibrate"]
    assert told.stages[-1] == "write"
    assert told.samples == [(1, 3), (2, 3), (3, 3)]


def test_an_unknown_number_of_samples():
    told = Recorder()
    edgert.compile(DIGITS, calibration=({"image": IMAGE} for _ in range(2)), progress=told)
    assert told.samples == [(1, None), (2, None)]


def test_files_are_counted_before_they_are_read(tmp_path):
    np.savez(tmp_path / "stack.npz", image=np.zeros((7, 1, 8, 8), np.float32))
    assert sample_count(tmp_path / "stack.npz", SPEC) == 7
    batches = (InputSpec("image", np.dtype(np.float32), (3, 1, 8, 8)),)
    assert sample_count(tmp_path / "stack.npz", batches) == 2
    images = tmp_path / "images" / "inner"
    images.mkdir(parents=True)
    for name in ("a.png", "b.jpg", "notes.txt"):
        (images / name).touch()
    assert sample_count(tmp_path / "images", SPEC) == 2
    sets = tmp_path / "test_data_set_0"
    sets.mkdir()
    (sets / "input_0.pb").touch()
    assert sample_count(sets, SPEC) == 1
    (tmp_path / "damaged.npz").write_bytes(b"no archive")
    assert sample_count(tmp_path / "damaged.npz", SPEC) is None
    assert sample_count(tmp_path / "nowhere", SPEC) is None


def test_terminals_show_the_total_and_the_time_left(tmp_path):
    np.savez(tmp_path / "data.npz", image=np.zeros((60, 1, 8, 8), np.float32))
    shown, _ = in_terminal(
        "stderr", "compile", DIGITS, "--calibration", tmp_path / "data.npz",
        "-o", tmp_path / "d.edgert", columns=120,
    )  # fmt: skip
    assert "calibrate" in shown
    assert "/60 samples" in shown


def test_nothing_is_shown_in_files_and_pipes(capfd):
    edgert.compile(DIGITS)
    edgert.compile(DIGITS, progress=False)
    assert capfd.readouterr().err == ""


class Handle:
    def __init__(self, shown: list[str]) -> None:
        self.shown = shown

    def update(self, data: dict[str, str], raw: bool) -> None:
        assert raw
        self.shown.append(data["text/plain"])


@pytest.fixture
def notebook(monkeypatch) -> list[str]:
    """As in a notebook: what its one line shows, in order."""
    shown: list[str] = []

    def display(data: dict[str, str], raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        return Handle(shown)

    shell = types.SimpleNamespace(kernel=object())
    module = types.SimpleNamespace(
        get_ipython=lambda: shell, display=types.SimpleNamespace(display=display)
    )
    monkeypatch.setitem(sys.modules, "IPython", module)
    return shown


def test_notebooks_show_one_line_that_ends_empty(notebook, capfd):
    edgert.compile(DIGITS, calibration=[{"image": IMAGE}] * 4)
    assert notebook[0] == "import"
    assert any(line.startswith("calibrate: 2 of 4 samples, ") for line in notebook)
    assert notebook[-1] == ""
    assert capfd.readouterr().err == ""


def test_the_line_of_a_notebook_ends_empty_after_a_failure(notebook):
    with pytest.raises(edgert.InputError):
        edgert.compile(DIGITS, calibration=[{"image": IMAGE}, {"image": IMAGE[:, :, 1:]}])
    assert notebook[-1] == ""
    count = len(notebook)
    edgert.compile(DIGITS, progress=False)
    assert len(notebook) == count
