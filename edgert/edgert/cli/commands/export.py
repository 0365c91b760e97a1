"""`edgert export`."""

from __future__ import annotations

from typing import Any

import click

from edgert.cli.commands.compile import command as compile_command
from edgert.cli.compiler import targets


def _formats() -> list[str]:
    """Names of targets that write something other than bundles."""
    found = targets().all_targets()
    return [name for name, target in found.items() if target.suffixes[0] != ".edgert"]


class _Format(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """A format's name; which there are is only looked up when one is given."""

    name = "format"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        known = _formats()
        if value not in known:
            self.fail(f"{value!r} is not one of {', '.join(known)}", param, ctx)
        return str(value)


def _run(ctx: click.Context, format_name: str | None, **options: Any) -> None:
    ctx.invoke(compile_command, target=format_name or _format_of(options["output"]), **options)


def _format_of(output: str | None) -> str:
    """The format that a file's suffix tells."""
    known = _formats()
    if output is None or (found := targets().choose(None, output).name) not in known:
        raise click.UsageError(f"give --format, or -o with its suffix; formats: {', '.join(known)}")
    return found


command = click.Command(
    "export",
    callback=click.pass_context(_run),
    params=[
        *(p for p in compile_command.params if p.name != "target"),
        click.Option(
            ["--format", "format_name"],
            type=_Format(),
            metavar="NAME",
            help="onnx, tflite or coreml: a target that writes no bundle, see `edgert targets`; "
            "by default what the suffix of -o tells.",
        ),
    ],
    help="""Write MODEL as optimized ONNX, TFLite or Core ML.

    The same as `edgert compile --target NAME`.

    \b
    Examples:
      edgert export model.onnx --format onnx --calibration images/ --preprocess imagenet
      edgert export model.onnx -o model.tflite
    """,
)
