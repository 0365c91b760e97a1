"""Damaged bundles are refused by name, or run within their own memory; nothing crashes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import edgert
from edgert import _core
from edgert.bundle import BundleReader
from edgert.cli.group import cli
from edgert.errors import BundleError, RuntimeUnavailableError

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["fp32", "dynamic", "int8"]

# Reads a bundle and a seed; damages one place after the other; says which one before trying.
RUN_DAMAGED = """
import random, resource, sys
import numpy as np
import edgert
from edgert.bundle import BundleReader
from edgert.cli.inputs import random_inputs

resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
data = open(sys.argv[1], "rb").read()
structure = BundleReader(data).root.constants_offset
chance = random.Random(int(sys.argv[2]))
places = chance.sample(range(structure), 800) + chance.sample(range(structure, len(data)), 200)
ran = 0


def small(ports):
    return all(np.prod(port.shape, dtype=object) < 1 << 20 for port in ports)


for place in places:
    print(place, file=sys.stderr)
    damaged = bytearray(data)
    damaged[place] ^= chance.choice([1, 2, 0x10, 0x40, 0x80, 0xFF])
    try:
        session = edgert.InferenceSession(bytes(damaged), 1, verify_checksum=False)
        if small(session.get_inputs() + session.get_outputs()):
            session.run(None, random_inputs(session, session.planned_shapes[0]))
            ran += 1
    except edgert.Error as error:
        assert str(error) and "\\n" not in str(error), error
print(len(places), ran)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_bundles_are_refused(bundles, kind):
    data = bundles[kind]
    lengths = {*range(64), *range(64, len(data), 61), *range(len(data) - 32, len(data))}
    for length in sorted(lengths):
        for open_bundle in (edgert.InferenceSession, BundleReader):
            with pytest.raises(BundleError):
                open_bundle(data[:length])


@pytest.mark.parametrize("kind", KINDS)
def test_the_checksum_catches_every_changed_byte(bundles, kind):
    data = bytearray(bundles[kind])
    for place in range(len(data)):
        data[place] ^= 1 << place % 8
        with pytest.raises(BundleError):
            edgert.InferenceSession(bytes(data))
        data[place] ^= 1 << place % 8
    edgert.InferenceSession(bytes(data))


@pytest.mark.parametrize("kind", KINDS)
def test_without_checksum_damage_does_not_crash(bundles, kind, tmp_path):
    (tmp_path / "m.edgert").write_bytes(bundles[kind])
    done = subprocess.run(
        [sys.executable, "-c", RUN_DAMAGED, str(tmp_path / "m.edgert"), "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"signal or error at byte {done.stderr[-2000:]}"
    tried, ran = map(int, done.stdout.split())
    assert 0 < ran < tried


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", [True, False])
def test_inspect_refuses_damage_by_name(bundles, kind, library, tmp_path, monkeypatch):
    """Without the library there is no checksum: what cannot be told from sound is shown."""
    if not library:

        def unavailable(_):
            raise RuntimeUnavailableError("there is none")

        monkeypatch.setattr(_core, "checksum", unavailable)
    data = bundles[kind]
    structure = BundleReader(data).root.constants_offset
    chance = random.Random(3)
    path = tmp_path / "m.edgert"
    command = ["inspect", str(path), "--calls", "--svg", str(tmp_path / "m.svg")]
    for _ in range(60):
        damaged = bytearray(data)
        for place in chance.sample(range(structure), chance.choice([1, 1, 2, 8])):
            damaged[place] ^= chance.randrange(1, 256)
        path.write_bytes(damaged)
        result = CliRunner().invoke(cli, command)
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        assert result.exit_code in ((1,) if library else (0, 1))
        if result.exit_code:
            assert result.stderr.startswith(f"edgert: {path}: ")
            assert result.stderr.count("\n") == 1
