"""Passes on kernel programs, in the order of `PASSES`: each is a module of this folder.

A pass is a module that defines ``run(program, context)``, a pure function that returns the new
program, or `program` itself where there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

from edgert_compiler.program.checker import ProgramError, check_program
from edgert_compiler.program.context import PassContext
from edgert_compiler.program.ir import Program
from edgert_compiler.program_passes import (
    compose_tables,
    fold_tables,
    forward_copies,
    fuse_elementwise,
    fuse_sums,
    order_calls,
    remove_dead_calls,
    tabulate_int8,
    write_in_place,
)


@dataclass(frozen=True)
class ProgramPass:
    """One pass, by the name of its file."""

    name: str
    run: Callable[[Program, PassContext], Program]

    @classmethod
    def of(cls, module: ModuleType) -> ProgramPass:
        """The pass that a module is."""
        return cls(module.__name__.rpartition(".")[2], module.run)


PASSES = tuple(
    map(
        ProgramPass.of,
        (
            forward_copies,
            fuse_elementwise,
            tabulate_int8,
            compose_tables,
            fold_tables,
            write_in_place,
            remove_dead_calls,
            fuse_sums,
            order_calls,
        ),
    )
)
"""Every pass, in the order in which they run."""


def run_program_passes(
    program: Program, context: PassContext, passes: Sequence[ProgramPass] = PASSES
) -> Program:
    """Runs the passes and checks the program before and after each.

    Raises ProgramError that names the pass which broke an invariant.
    """
    check_program(program, context.fields)
    for program_pass in passes:
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
