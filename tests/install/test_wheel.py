"""What someone has who installed the wheel: in a clone or not, with type checker or C compiler."""

from __future__ import annotations

import subprocess
import zipfile

import numpy as np
import pytest

from tests import native

WHERE = "import edgert, edgert_compiler; print(edgert.__file__, edgert.compile.__name__)"
USER = """
from pathlib import Path

import numpy as np

import edgert


def classify(bundle: Path, image: np.ndarray) -> str:
    session = edgert.InferenceSession(bundle, num_threads=2)
    [port] = session.get_inputs()
    scores = session.run(None, {port.name: image})[0]
    return session.labels[int(scores.argmax())]


report = edgert.compile("model.onnx", precision="int8", output="model.edgert")
size: int = report.bundle_bytes
try:
    classify(Path("model.edgert"), np.zeros((1, 3, 8, 8), np.float32))
except edgert.Error as error:
    print(error, size)
"""


@pytest.mark.parametrize("folder", [".", "benchmarks", "tests", "examples/digits"])
def test_inside_a_clone_the_installed_edgert_is_found(installed, checkout, folder):
    printed = installed.run("-c", WHERE, cwd=checkout / folder)
    assert printed.startswith(str(installed.folder))
    assert printed.endswith("/site-packages/edgert/__init__.py compile\n")


def test_a_benchmark_runs_in_a_clone(installed, checkout):
    assert "usage: compare.py" in installed.run("benchmarks/compare.py", "--help", cwd=checkout)


def test_a_typed_program_checks_strictly(installed, tmp_path):
    (tmp_path / "user.py").write_text(USER)
    printed = installed.run("-m", "mypy", "--strict", "user.py", cwd=tmp_path)
    assert printed == "Success: no issues found in 1 source file\n"


def test_a_wrong_type_is_found(installed, tmp_path):
    wrong = USER.replace("size: int", "size: str")
    (tmp_path / "user.py").write_text(wrong)
    done = subprocess.run(
        [installed.python, "-m", "mypy", "--strict", "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[assignment]" in done.stdout


def test_licences_of_what_the_library_contains_come_along(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"flatbuffers", "xxhash"} <= {
        name.split("/")[-2] for name in names if name.endswith("/LICENSE")
    }


def test_a_c_program_is_built_with_the_wheel(installed, checkout, tmp_path):
    model, bundle = checkout / "examples" / "digits" / "digits.onnx", tmp_path / "digits.edgert"
    installed.run("-m", "edgert", "compile", model, "-o", bundle)
    folder = installed.run("-m", "edgert", "--cmake-dir").strip()
    build, source = tmp_path / "build", checkout / "examples" / "c"
    native.run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-Dedgert_DIR={folder}")
    native.run("cmake", "--build", build)
    np.linspace(0, 1, 64, dtype=np.float32).tofile(tmp_path / "image.bin")
    image, out = tmp_path / "image.bin", tmp_path / "out"
    native.run(build / "edgert-run", bundle, image, "--out", out)
    script = (
        "import edgert, numpy as np; x = np.fromfile('image.bin', 'f4').reshape(1, 1, 8, 8)\n"
        "edgert.load('digits.edgert').run(x).tofile('expected.bin')"
    )
    installed.run("-c", script, cwd=tmp_path)
    assert (tmp_path / "out0.bin").read_bytes() == (tmp_path / "expected.bin").read_bytes()


def test_a_c_program_is_built_without_cmake(installed, checkout, tmp_path):
    include = installed.run("-m", "edgert", "--include-dir").strip()
    library = installed.run("-m", "edgert", "--lib-dir").strip()
    program = tmp_path / "edgert-run"
    command = ["cc", "-std=c99", checkout / "examples" / "c" / "edgert_run.c", "-I", include]
    native.run(*command, "-L", library, "-ledgert", f"-Wl,-rpath,{library}", "-o", program)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: edgert-run ")
