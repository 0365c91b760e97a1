"""The engines that are compared, one file each, found by themselves.

An engine module has

- `NAME`, `PACKAGE` (what to pip install), and
- `prepare(model: Model, folder: Path) -> Path`: makes the INT8 file that the engine runs,
- `load(path: Path, threads: int) -> Callable[[dict[str, ndarray]], list[ndarray]]`: a session.

`load` is also what start-up is measured on, in a fresh process, so a module imports its package
there.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from types import ModuleType


def available() -> dict[str, ModuleType]:
    """The engines whose package is installed, by name; edgert first."""
    modules = [
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    ]
    installed = [m for m in modules if importlib.util.find_spec(m.PACKAGE) is not None]
    return {m.NAME: m for m in sorted(installed, key=lambda m: (m.NAME != "edgert", m.NAME))}
