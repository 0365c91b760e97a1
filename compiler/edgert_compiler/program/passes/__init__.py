"""Passes on kernel programs: each file here is one, found by itself.

A pass is a module that defines

``ORDER``
    an integer; passes run in ascending order, equal ones by name,
``run(program, context)``
    a pure function that returns the new program, or `program` itself where there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from edgert_compiler.discovery import modules
from edgert_compiler.program.checker import ProgramError, check_program
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import Program


@dataclass(frozen=True)
class ProgramPass:
    """One pass, by the name of its file."""

    name: str
    order: int
    run: Callable[[Program, PassContext], Program]


@cache
def program_passes() -> tuple[ProgramPass, ...]:
    """Every pass of this folder, in the order in which they run."""
    found = []
    for module in modules(__name__):
        name = module.__name__.rpartition(".")[2]
        found.append(ProgramPass(name, module.ORDER, module.run))
    return tuple(sorted(found, key=lambda p: (p.order, p.name)))


def run_program_passes(
    program: Program,
    context: PassContext,
    passes: Sequence[ProgramPass] | None = None,
) -> Program:
    """Runs the passes (all, by default) and checks the program before and after each.

    Raises ProgramError that names the pass which broke an invariant.
    """
    check_program(program, context.fields)
    for program_pass in program_passes() if passes is None else passes:
        result = program_pass.run(program, context)
        if result is not program:
            _check_after(program_pass.name, result, context)
        program = result
    return program


def _check_after(name: str, program: Program, context: PassContext) -> None:
    try:
        check_program(program, context.fields)
    except ProgramError as error:
        raise ProgramError(f"program pass {name} broke an invariant: {error}") from None
