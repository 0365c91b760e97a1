"""Adds what this version writes to the corpus: python -m tests.compatibility VERSION."""

from __future__ import annotations

import sys

from .corpus import FOLDER, compiled

folder = FOLDER / sys.argv[1]
folder.mkdir()
for name, bundle in compiled():
    path = folder / f"{name}.npz"
    bundle.write(path)
    print(f"{path.relative_to(FOLDER)}: {path.stat().st_size} bytes")
