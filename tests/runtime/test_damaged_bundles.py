"""Damaged versions of real bundles, under AddressSanitizer and UndefinedBehaviorSanitizer.

The programs are core/tests/damage in the build of `make test-core`, which runs these tests. Without
that build they are skipped, but for one that the plain build can pass, too. EDGERT_DAMAGE_COUNT
sets how many random versions of each bundle.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import native

from .damage import BUNDLES, SANITIZED, run_program

COUNT = int(os.environ.get("EDGERT_DAMAGE_COUNT", "1000"))
BATCH = 250

sanitized = pytest.mark.skipif(
    not (SANITIZED / "edgert_exhaust").exists(), reason="needs the sanitized build: make test-core"
)


@sanitized
@pytest.mark.parametrize("isa", ["", "scalar"], ids=["default", "scalar"])
@pytest.mark.parametrize("part", ["tables", "constants"])
@pytest.mark.parametrize("name", BUNDLES)
def test_random_damage_is_refused_or_harmless(name, part, isa, tmp_path):
    bundle = BUNDLES[name](tmp_path)
    for seed in range(0, COUNT, BATCH):
        said = run_program(SANITIZED / "edgert_damage", bundle, part, seed, BATCH, isa=isa)
        assert f" of {BATCH} damaged bundles ran" in said


@sanitized
@pytest.mark.parametrize("part", ["operands", "parameters", "tensors", "rest"])
@pytest.mark.parametrize("name", BUNDLES)
def test_every_field_with_every_odd_value_is_refused_or_harmless(name, part, tmp_path):
    said = run_program(SANITIZED / "edgert_exhaust", BUNDLES[name](tmp_path), part)
    assert "changed bundles ran" in said


@pytest.fixture(scope="module")
def exhaust() -> Path:
    """The program, in the plain build."""
    return native.build() / "tests" / "edgert_exhaust"


@pytest.mark.parametrize("name", BUNDLES)
def test_every_operand_of_every_call_is_checked(exhaust, name, tmp_path):
    said = run_program(exhaust, BUNDLES[name](tmp_path), "operands")
    ran, _, tried, *_ = said.split()
    assert 0 < int(ran) < int(tried)
