"""`edgert doctor`."""

from __future__ import annotations

import importlib.util
import os
import platform

import click

from edgert.cli.output import console, print_json, table

_OPTIONAL = ("numpy", "PIL", "onnx", "onnx_ir", "onnxscript", "flatbuffers", "yaml")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show what edgert finds on this machine: CPU, instruction sets, threads, packages.

    \b
    Examples:
      edgert doctor
      EDGERT_ISA=scalar edgert doctor
    """
    from edgert import __version__, _core

    environment = {k: v for k, v in sorted(os.environ.items()) if k.startswith("EDGERT_")}
    packages = {name: importlib.util.find_spec(name) is not None for name in _OPTIONAL}
    facts: dict[str, object] = {
        "edgert": __version__,
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "instruction_set": _core.isa(),
        "default_threads": _core.default_threads(),
        "kernels": len(_core.kernels()),
        "environment": environment,
        "packages": packages,
    }
    if as_json:
        print_json(facts)
        return
    facts["environment"] = " ".join(f"{k}={v}" for k, v in environment.items()) or "-"
    facts["packages"] = " ".join(name for name, found in packages.items() if found)
    facts["missing"] = " ".join(name for name, found in packages.items() if not found) or "-"
    console.print(table("", ["", ""], facts.items()))
