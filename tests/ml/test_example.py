"""examples/tabular."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("skl2onnx")
pytest.importorskip("sklearn")

DEMO = Path(__file__).resolve().parents[2] / "examples" / "tabular" / "demo.py"


@pytest.mark.slow
def test_the_demo_agrees_with_scikit_learn(tmp_path):
    done = subprocess.run(
        [sys.executable, DEMO],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"agreement +100.0%", done.stdout)
    assert (tmp_path / "build" / "demo" / "wine.edgert").exists()
