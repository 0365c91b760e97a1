"""The command group: loads a subcommand's module when it is asked for."""

from __future__ import annotations

import importlib
import os
import pkgutil
import warnings
from collections.abc import Callable, Sequence
from typing import IO, Any

import click

from edgert._text import did_you_mean
from edgert.cli import commands, version_line
from edgert.cli.folders import FOLDERS, folder
from edgert.errors import Error

_JSON = "--json"
_TRACEBACK = "EDGERT_TRACEBACK"  # an environment variable: unexpected exceptions are not caught


class _Failure(click.ClickException):
    """An `edgert.Error` on its way to stderr."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"edgert: {self.message}", file=file, err=True)


class _JsonFailure(click.ClickException):
    """A failure on its way to stdout, as one JSON object: error, message, nodes."""

    def __init__(self, kind: str, message: str, nodes: Sequence[object] = ()) -> None:
        super().__init__(message)
        self._content = {"error": kind, "message": message, "nodes": list(nodes)}

    def show(self, file: IO[Any] | None = None) -> None:
        from edgert.cli.output import print_json

        print_json(self._content)


class _JsonUsage(_JsonFailure):
    """Wrong usage."""

    exit_code = click.UsageError.exit_code


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            guess = did_you_mean(str(args[0]), self.list_commands(ctx)) or "."
            raise click.UsageError(f"{error.message.rstrip('.')}{guess}", ctx) from error

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        as_json = _JSON in args
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _shown(error, as_json) from error
        context.meta[_JSON] = as_json
        return context

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except (Error, click.UsageError) as error:
            raise _shown(error, ctx.meta[_JSON]) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get(_TRACEBACK):
                raise
            raise _shown(_defect(error), ctx.meta[_JSON]) from error


def _defect(error: Exception) -> Error:
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
    return Error(
        f"unexpected {what}; this is a defect of edgert: please report it, with what "
        f"{_TRACEBACK}=1 shows"
    )


def _shown(error: Error | click.UsageError, as_json: bool) -> click.ClickException:
    """The failure in the form that was asked for."""
    if isinstance(error, click.UsageError):
        return _JsonUsage("UsageError", error.format_message()) if as_json else error
    if not as_json:
        return _Failure(str(error))
    return _JsonFailure(type(error).__name__, str(error), getattr(error, "nodes", ()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(version_line())
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
