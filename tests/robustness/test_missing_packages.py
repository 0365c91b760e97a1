"""Where only numpy is installed, sessions work; what is missing is named with its remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import edgert

ROOT = Path(__file__).resolve().parents[2]

ONLY_NUMPY = """
import sys

class Missing:
    allowed = {"edgert", "numpy", *sys.stdlib_module_names, *sys.builtin_module_names}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import edgert
"""

RUN = """
import numpy as np
session = edgert.InferenceSession(sys.argv[1])
feed = {"image": np.ones((1, 4, 9, 9), np.float32), "picks": np.arange(3)}
print([output.shape for output in session.run(None, feed)])
print(sorted(edgert.load(sys.argv[1]).run(feed)))
"""

ERRORS = """
import numpy as np
for attempt in (
    lambda: edgert.compile("model.onnx"),
    lambda: edgert.InferenceSession(sys.argv[1]).preprocess("photo.jpg"),
):
    try:
        attempt()
    except edgert.Error as error:
        print(error)
"""


def python(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_sessions_need_numpy_alone(bundles, tmp_path):
    (tmp_path / "m.edgert").write_bytes(bundles["int8"])
    done = python("-c", ONLY_NUMPY + RUN, tmp_path / "m.edgert")
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "[(1, 3), (1,), ()]",
        "['best', 'scores', 'y']",
    ]


def test_what_needs_more_says_what_to_install(tmp_path):
    digits = ROOT / "examples" / "digits" / "digits.onnx"
    edgert.compile(digits, preprocess="channels=gray", output=tmp_path / "m.edgert")
    done = python("-c", ONLY_NUMPY + ERRORS, tmp_path / "m.edgert")
    assert done.stderr == ""
    compiler, image = done.stdout.splitlines()
    assert compiler == "the compiler needs edgert-compiler; run: pip install 'edgert[compiler]'"
    assert "needs Pillow: pip install pillow" in image


@pytest.mark.parametrize("package", ["onnx", "onnx_ir", "flatbuffers"])
def test_compiling_names_the_missing_package(package):
    script = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from edgert.cli import main; sys.argv[1:] = ['check', 'model.onnx']; main()"
    )
    done = python("-c", script)
    assert done.returncode == 1
    assert done.stderr == (
        f"edgert: the compiler needs {package}; run: pip install 'edgert[compiler]'\n"
    )
