"""Where a node or call runs: in the program itself, or in a body of control flow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Region:
    """Calls that run together under a control call: a branch of `if`, the body of `loop`.

    `parent` is the region of the control call, None where that is the program itself.
    """

    parent: Region | None = None

    def within(self, other: Region | None) -> bool:
        """Whether this is `other` or lies inside of it; None is the program, which has all."""
        region: Region | None = self
        while region is not None and region is not other:
            region = region.parent
        return region is other
