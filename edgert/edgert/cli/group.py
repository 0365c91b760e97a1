"""The command group: loads a subcommand's module when it is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Callable
from typing import IO, Any

import click

from edgert.cli import commands
from edgert.cli.folders import FOLDERS, folder
from edgert.errors import Error


class _Failure(click.ClickException):
    """An `edgert.Error` on its way to stderr."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"edgert: {self.message}", file=file, err=True)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"edgert: warning: {message}", err=True)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except Error as error:
            raise _Failure(str(error)) from error


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from edgert import __version__

    click.echo(f"edgert {__version__}")
    ctx.exit()


def _folder_options(command: Callable[[], None]) -> Callable[[], None]:
    """The options of FOLDERS."""

    def show(ctx: click.Context, option: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(folder(option.opts[0]))
            ctx.exit()

    for name, (_, _, purpose) in reversed(FOLDERS.items()):
        command = click.option(
            name,
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=show,
            help=f"Show the folder {purpose} and exit.",
        )(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
@_folder_options
def cli() -> None:
    """Compile ONNX models ahead of time and run them on small machines.

    \b
    Examples:
      edgert compile model.onnx --target arm64 -o model.edgert
      edgert run model.edgert --input input=photo.jpg
      edgert bench model.edgert --threads 2
    """
