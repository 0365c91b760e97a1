"""What program passes may know beside the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgert_compiler.program.ir import KernelCall

Evaluate = Callable[[KernelCall, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class PassContext:
    """Facts about the runtime library.

    `fields` lists the parameter names by kernel, None where they are unknown. `evaluate` runs a
    call with one run-time input in the library and returns its output; None where there is no
    library, passes that need it then do nothing.
    """

    fields: Mapping[str, Sequence[str]] | None = None
    evaluate: Evaluate | None = None
