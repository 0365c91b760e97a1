"""`edgert doctor`."""

from __future__ import annotations

import importlib.util
import os
import platform

import click

from edgert.cli.output import print_json, show, table

_OPTIONAL = ("numpy", "PIL", "onnx", "onnx_ir", "flatbuffers", "yaml")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show what this machine offers to edgert.

    The instruction set that kernels are chosen for, threads, providers for partitions of bundles,
    installed packages.

    \b
    Examples:
      edgert doctor
      EDGERT_ISA=scalar edgert doctor
    """
    from edgert import __version__, _core, _introspection, get_available_providers

    environment = {k: v for k, v in sorted(os.environ.items()) if k.startswith("EDGERT_")}
    packages = {name: importlib.util.find_spec(name) is not None for name in _OPTIONAL}
    facts = {
        "edgert": __version__,
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "instruction_set": _core.isa(),
        "default_threads": _core.default_threads(),
        "kernels": len(_introspection.kernels()),
    }
    providers = get_available_providers()
    if as_json:
        more = {"providers": providers, "environment": environment, "packages": packages}
        print_json({**facts, **more})
        return
    lists = {
        "providers": providers,
        "environment": [f"{name}={value}" for name, value in environment.items()],
        "packages": [name for name, found in packages.items() if found],
        "missing": [name for name, found in packages.items() if not found],
    }
    show(table(["", ""], [*facts.items(), *((k, " ".join(v) or "-") for k, v in lists.items())]))
