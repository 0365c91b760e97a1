"""Examples and benchmarks say in one line what has to be installed for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = """
import runpy, sys
from pathlib import Path
package, script, *sys.argv[1:] = sys.argv[1:]
sys.modules[package] = None
sys.path[0] = str(Path(script).parent)
runpy.run_path(script, run_name="__main__")
"""
NEEDED = {
    ("examples/digits/demo.py", "edgert"): "pip install . ./compiler",
    ("examples/digits/demo.py", "rich.table"): "pip install . ./compiler",
    ("examples/digits/demo.py", "onnx_ir"): "pip install 'edgert[compiler]'",
    ("examples/digits/train.py", "torch"): "pip install torch onnxscript",
    ("examples/tabular/demo.py", "skl2onnx"): "pip install '.[examples]' ./compiler",
    ("benchmarks/accuracy.py", "onnxruntime"): "pip install '.[bench]' ./compiler",
    ("benchmarks/compare.py", "rich.console"): "pip install '.[bench]' ./compiler",
    ("benchmarks/size.py", "edgert.preprocess"): "pip install '.[bench]' ./compiler",
}


@pytest.mark.parametrize(("script", "package"), NEEDED)
def test_what_is_missing_is_said_in_one_line(script, package, tmp_path):
    if script == "examples/tabular/demo.py":
        pytest.importorskip("sklearn")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, ROOT / script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.endswith(NEEDED[script, package] + "\n")
    assert package.partition(".")[0] in done.stderr
