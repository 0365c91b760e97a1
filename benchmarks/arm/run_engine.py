"""run_engine.py ENGINE FILE FEED RUNS: first result and further runs of an engine, with marks.

Marks (count_instructions.c): before the engine is imported, behind the first run, behind each of
the others. ENGINE is a module of benchmarks/engines; FEED is an .npz with an array per input.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

import benchmarks.engines  # what the benchmark itself needs is not counted

engine, path, feed_path, runs = sys.argv[1:5]
feed = dict(np.load(feed_path))
os.getsid(0)
run = import_module(f"{benchmarks.engines.__name__}.{engine}_int8").load(Path(path), threads=1)
run(feed)
os.getsid(0)
for _ in range(int(runs)):
    run(feed)
    os.getsid(0)
