"""The command group: loads a subcommand's module when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil

import click

from edgert.cli import commands


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="edgert")
def cli() -> None:
    """Compile ONNX models ahead of time and run them on small machines.

    \b
    Examples:
      edgert compile model.onnx --target arm64 -o model.edgert
      edgert run model.edgert --input input=photo.jpg
      edgert bench model.edgert --threads 2
    """
