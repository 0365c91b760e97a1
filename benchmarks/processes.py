"""Figures of a fresh process: start-up time and resident memory of one engine on one file.

Each is measured in a child that already has numpy imported, as a user's program has, and compared
with a child that has nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_CHILD = """
import json, sys, time
from importlib import import_module
from pathlib import Path
import numpy as np
import benchmarks.engines  # what the benchmark itself needs

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

module, path, feed_path, threads, runs = sys.argv[1:6]
feed = dict(np.load(feed_path))
bare = resident()
started = time.perf_counter()
if module == "none":
    first = 0.0
else:
    run = import_module(module).load(Path(path), int(threads))
    run(feed)
    first = time.perf_counter() - started
    for _ in range(int(runs)):
        run(feed)
print(json.dumps({"first_run_s": first, "resident_bytes": resident() - bare}))
"""


def measure(module: str, path: Path, feed: Path, threads: int, runs: int = 10) -> dict[str, float]:
    """Seconds for import + load + first run, and bytes resident after `runs` more.

    `module` is an engine module; `feed` is an .npz with one array per input. The bytes are those
    above the same process before the engine was imported.
    """
    command = [sys.executable, "-c", _CHILD, module, str(path), str(feed), str(threads), str(runs)]
    # What pip installed has bytecode; a checkout shall have it, too, from the first start on.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result
