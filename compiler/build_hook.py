"""Adds what lies beside this folder in a clone: targets and license. An sdist has them inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BESIDE = {"targets/edgert_targets": "edgert_targets", "LICENSE": "LICENSE"}


class BesideHook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types
    """Files from the folder above, where this folder is part of a clone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; `version` is "standard" or "editable"."""
        if version == "editable" or Path(self.root, "PKG-INFO").exists():
            return
        clone = Path(self.root).parent
        for source, destination in _BESIDE.items():
            if self.target_name == "sdist" or source != "LICENSE":
                build_data["force_include"][str(clone / source)] = destination
