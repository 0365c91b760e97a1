"""Running cases on runtimes, beside what the skip lists say."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from edgert.errors import CompileError
from tests.conformance.reasons import short

from . import skips
from .cases import Case
from .runtime import Runtime


def obstacle(runtime: Runtime, case: Case) -> str:
    """Why the case does not pass, in a few words; empty where it passes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runtime.check(case)
    except CompileError as error:
        return short(str(error), case.operator)
    except Exception as error:  # whatever a runtime raises is its failure
        return f"{skips.FAILED}{type(error).__name__}: {short(str(error), case.operator)}"
    return ""


def unexpected(runtime: Runtime, cases: Iterable[Case]) -> list[str]:
    """What differs from the skip list: cases that are lost, and entries that are not needed."""
    skipped = skips.read(runtime.name)
    found = []
    for case in cases:
        reason = obstacle(runtime, case)
        if reason and case.name not in skipped:
            found.append(f"{case.name}: {reason}")
        elif reason.startswith(skips.FAILED) and not skipped[case.name].startswith(skips.FAILED):
            found.append(f"{case.name} was unsupported: {reason}")
        elif case.name in skipped and not reason:
            found.append(f"{case.name} passes; it is skipped because: {skipped[case.name]}")
    return found
