"""The C library, installed by CMake: found by find_package and by pkg-config, shared and static."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import edgert
from tests import native

EXAMPLES = native.ROOT / "examples" / "c"


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where the core is installed."""
    folder = tmp_path_factory.mktemp("prefix")
    native.run("cmake", "--install", native.build(), "--prefix", folder)
    return folder


def with_cmake(prefix: Path, build: Path, static: bool) -> Path:
    options = [f"-DCMAKE_PREFIX_PATH={prefix}", f"-DEDGERT_STATIC={'ON' if static else 'OFF'}"]
    native.run("cmake", "-S", EXAMPLES, "-B", build, "-G", "Ninja", *options)
    native.run("cmake", "--build", build)
    return build / "edgert-run"


def with_pkg_config(prefix: Path, build: Path, static: bool) -> Path:
    """As a makefile would; unused sections are dropped, as for small machines."""
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed")
    [folder] = prefix.rglob("pkgconfig")
    build.mkdir()
    flags = ["--cflags", "--libs", *(["--static"] if static else [])]
    asked = native.run("pkg-config", *flags, "edgert", PKG_CONFIG_PATH=str(folder)).split()
    if static:
        asked = ["-l:libedgert.a" if flag == "-ledgert" else flag for flag in asked]
    program = build / "edgert-run"
    command = ["cc", "-std=c99", EXAMPLES / "edgert_run.c", "-o", program, "-Wl,--gc-sections"]
    native.run(*command, *asked, f"-Wl,-rpath,{folder.parent}")
    return program


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("build", [with_cmake, with_pkg_config])
def test_program_runs_with_every_kernel(
    prefix: Path,
    build: Callable[[Path, Path, bool], Path],
    static: bool,
    small_bundle: Path,
    small_input: np.ndarray,
    tmp_path: Path,
) -> None:
    program = build(prefix, tmp_path / "build", static)
    small_input.tofile(tmp_path / "in.bin")
    native.run(program, small_bundle, tmp_path / "in.bin", "--out", tmp_path / "out")
    [expected] = edgert.InferenceSession(small_bundle).run(None, {"input": small_input})
    assert (tmp_path / "out0.bin").read_bytes() == expected.tobytes()
    needed = native.run("readelf", "--dynamic", program) if shutil.which("readelf") else ""
    assert not needed or ("libedgert.so" in needed) is not static
    assert "libstdc++" not in needed


def test_static_library_has_the_kernels_of_the_shared_one(prefix: Path, tmp_path: Path) -> None:
    source = tmp_path / "kernels.c"
    source.write_text(
        """
#include <edgert.h>
#include <stdio.h>
int main(void) {
  for (int32_t i = 0; i < edgert_kernels(); ++i) {
    edgert_kernel_info info;
    if (edgert_kernel(i, &info) == EDGERT_OK) printf("%s %u\\n", info.name, (unsigned)info.version);
  }
  return 0;
}
"""
    )
    [archive] = prefix.rglob("libedgert.a")
    library = archive.with_suffix(".so")
    listed = []
    for name, link in (("static", [archive, "-pthread", "-lm"]), ("shared", [library])):
        command = ["cc", source, "-I", prefix / "include", "-o", tmp_path / name, *link]
        native.run(*command, f"-Wl,-rpath,{library.parent}")
        listed.append(native.run(tmp_path / name).splitlines())
    assert listed[0] == listed[1]
    assert listed[0]


def test_another_version_of_flatbuffers_in_the_program_is_another_name(prefix: Path) -> None:
    if shutil.which("nm") is None:
        pytest.skip("nm is not installed")
    [archive] = prefix.rglob("libedgert.a")
    symbols = native.run("nm", "-C", archive)
    assert "edgert_flatbuffers::" in symbols
    assert " flatbuffers::" not in symbols


@pytest.mark.parametrize(
    ("asked", "found"), [("0.1", True), (edgert.__version__, True), ("0.999", False), ("9", False)]
)
def test_find_package_compares_versions(
    prefix: Path, tmp_path: Path, asked: str, found: bool
) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        f"""
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C)
find_package(edgert {asked} CONFIG)
message(STATUS "found: ${{edgert_FOUND}} ${{edgert_VERSION}}")
"""
    )
    printed = native.run(
        "cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"
    )
    assert f"found: {int(found)}" in printed


def test_edgert_that_runs_from_its_sources_says_so() -> None:
    command = [sys.executable, "-m", "edgert", "--cmake-dir"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        assert (Path(done.stdout.strip()) / "edgertConfig.cmake").exists()
    else:
        assert done.stderr.startswith("edgert: there is no cmake/edgertConfig.cmake in ")
        assert done.stderr.count("\n") == 1
