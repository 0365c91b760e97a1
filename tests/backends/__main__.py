"""Runs every case on every runtime, prints a table and writes docs/backends.md.

Fails where a case is lost or a skip list is out of date. `--accept` makes what is found the lists.
"""

from __future__ import annotations

import argparse
import gc

from edgert.cli.output import show, table

from . import page, skips
from .cases import cases
from .outcomes import obstacle
from .runtime import Runtime, runtimes


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write tests/backends/skips")
    accept = parser.parse_args().accept
    found = runtimes()
    missing = [reason for runtime in found.values() if (reason := runtime.missing())]
    if missing:
        raise SystemExit(f"every runtime is needed: {'; '.join(missing)}")
    cases()
    gc.freeze()  # coremltools collects garbage at every conversion
    reasons = {name: _reasons(runtime) for name, runtime in found.items()}
    changed = _changes(reasons)
    if accept:
        for name, own in reasons.items():
            skips.write(name, own)
        reasons = {name: skips.read(name) for name in found}
    page.PATH.write_text(page.render(found, cases(), reasons), encoding="utf-8")
    for line in changed:
        show(line)
    if changed and not accept:
        raise SystemExit("the skip lists are out of date: --accept writes them")


def _reasons(runtime: Runtime) -> dict[str, str]:
    found = {c.name: reason for c in cases().values() if (reason := obstacle(runtime, c))}
    failed = sum(reason.startswith(skips.FAILED) for reason in found.values())
    passed, unsupported = len(cases()) - len(found), len(found) - failed
    head = ["RUNTIME", "PASSED", "FAILED", "UNSUPPORTED"]
    show(table(head, [(runtime.name, str(passed), str(failed), str(unsupported))]))
    return found


def _changes(reasons: dict[str, dict[str, str]]) -> list[str]:
    changes = []
    for name, own in reasons.items():
        listed = skips.read(name)
        changes += [f"{name}: {c} is lost: {own[c]}" for c in own if c not in listed]
        changes += [f"{name}: {c} passes or is gone" for c in listed if c not in own]
    return changes


if __name__ == "__main__":
    main()
