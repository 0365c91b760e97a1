"""The generated C++ header of the bundle format is that of the schema."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "edgert" / "core"
HEADER = CORE / "generated" / "bundle_generated.h"
BASE = CORE / "third_party" / "flatbuffers" / "base.h"


def flatbuffers_version() -> str:
    parts = re.findall(r"^#define FLATBUFFERS_VERSION_\w+ (\d+)$", BASE.read_text(), re.M)
    assert len(parts) == 3
    return ".".join(parts)


def flatc_version() -> str | None:
    if shutil.which("flatc") is None:
        return None
    printed = subprocess.run(["flatc", "--version"], capture_output=True, text=True, check=True)
    return printed.stdout.split()[-1]


def test_header_was_made_from_the_schema_as_it_is():
    schema = (ROOT / "edgert" / "edgert" / "schema" / "bundle.fbs").read_bytes()
    last = HEADER.read_text().splitlines()[-1]
    expected = f"// sha256 of bundle.fbs: {hashlib.sha256(schema).hexdigest()}"
    assert last == expected, "the schema has changed: run make schema"


def test_headers_are_those_of_the_flatc_that_wrote_the_header():
    asserted = re.findall(r"FLATBUFFERS_VERSION_\w+ == (\d+)", HEADER.read_text())
    assert ".".join(asserted) == flatbuffers_version()


@pytest.mark.skipif(
    flatc_version() != flatbuffers_version(), reason="needs a flatc of that version"
)
def test_flatc_writes_the_same_header(tmp_path):
    subprocess.run([ROOT / ".ci" / "schema", tmp_path], check=True)
    assert (tmp_path / HEADER.name).read_text() == HEADER.read_text()


def test_every_folder_of_foreign_headers_has_its_licence():
    folders = [path for path in (CORE / "third_party").iterdir() if path.is_dir()]
    assert folders
    assert all((folder / "LICENSE").stat().st_size > 100 for folder in folders)
