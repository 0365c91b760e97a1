"""What a target is, and how targets are found."""

from __future__ import annotations

import abc
import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from edgert._plugins import plugins
from edgert._text import did_you_mean
from edgert.errors import CompileError
from edgert_compiler.discovery import shallow_modules
from edgert_compiler.port_types import TYPES, PortTypes

if TYPE_CHECKING:
    from edgert_compiler.backend import Backend


BUNDLE = ".edgert"
DEFAULT = "host"


@dataclass(frozen=True)
class Target(abc.ABC):
    """A kind of machine or format that a model can be compiled for.

    Attributes:
        suffixes: of the files that it writes; the first is the default.
        folders: those of them that are folders.
        precisions: that `edgert.compile` may ask it for.
        options: its own options (`--target-option NAME=VALUE`): the values that each may have, the
            default first. `io_type` may have several, for one port or all (`PortTypes`).
    """

    name: str
    description: str
    suffixes: ClassVar[tuple[str, ...]] = (BUNDLE,)
    folders: ClassVar[frozenset[str]] = frozenset()
    precisions: ClassVar[tuple[str, ...]] = ("auto", "int8", "fp32", "fp16")
    options: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @abc.abstractmethod
    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        """What compiles for it. `suffix` is one of `suffixes`, `options` has a value for each.

        Dependencies beyond those of the compiler are imported here.
        """

    def check(self, precision: str, options: Mapping[str, str]) -> dict[str, str]:
        """`options` with the defaults. Raises CompileError for what the target does not offer."""
        if precision not in self.precisions:
            raise CompileError(
                f"target '{self.name}' does not compute in {precision}; "
                f"use precision {_choice(self.precisions)}"
            )
        for option, value in options.items():
            if option not in self.options:
                known = f"; it has {_choice(tuple(self.options))}" if self.options else ""
                guess = did_you_mean(option, self.options)
                raise CompileError(f"target '{self.name}' has no option '{option}'{known}{guess}")
            if option == "io_type":
                PortTypes.parse(value)
            elif value not in self.options[option]:
                raise CompileError(
                    f"option '{option}' of target '{self.name}' is {_choice(self.options[option])},"
                    f" not '{value}'{did_you_mean(value, self.options[option])}"
                )
        return {**{name: values[0] for name, values in self.options.items()}, **options}

    def suffix(self, output: str | os.PathLike[str] | None) -> str:
        """Which of `suffixes` a path has; the default for None.

        A bundle may have any suffix that no target's files have, or none. Raises CompileError for
        a suffix that is not the target's.
        """
        if output is None:
            return self.suffixes[0]
        suffix = _suffix_of(output)
        if suffix in self.suffixes:
            return suffix
        writers = _writers(suffix)
        if self.suffixes == (BUNDLE,) and not writers:
            return BUNDLE
        hint = "give -o a name with that suffix"
        if writers:
            hint = f"target {_choice(writers)} writes '{suffix}'"
        raise CompileError(
            f"target '{self.name}' writes {_choice(self.suffixes)}, not "
            f"'{os.path.basename(os.path.normpath(output))}'; {hint}"
        )


def _suffix_of(output: str | os.PathLike[str]) -> str:
    """In lower case; a slash at the end, as shells add it to folders, is left out."""
    return os.path.splitext(os.path.normpath(output))[1].lower()


def _writers(suffix: str) -> tuple[str, ...]:
    """Names of the targets that write files with this suffix."""
    return tuple(name for name, target in all_targets().items() if suffix in target.suffixes)


def _choice(values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


@dataclass(frozen=True)
class CpuTarget(Target):
    """A CPU that runs bundles on edgert's own kernels.

    One bundle runs on every CPU: weights are packed in one layout for all instruction sets, and
    kernels are chosen when the bundle is loaded. The profile is for costs and for reports.

    Attributes:
        architecture: as `platform.machine()` prints it.
        isa: instruction sets that dispatch may choose, best last.
        cores: number of cores that inference should use.
        l2_kib: second-level cache per core, KiB.
        ram_mib: memory of the board, MiB; 0 where it varies.
        half_arithmetic: whether all such CPUs compute in float16, which precision fp16 then does.
    """

    architecture: str
    isa: tuple[str, ...]
    cores: int
    l2_kib: int
    ram_mib: int = 0
    half_arithmetic: bool = False
    options = {  # noqa: RUF012  (never changed)
        "io_type": TYPES,
        "io_layout": ("onnx", "nhwc"),
    }

    def backend(self, suffix: str, options: Mapping[str, str]) -> Backend:
        from edgert_compiler.bundles import Bundle

        types = PortTypes.parse(options["io_type"])
        channels_last = options["io_layout"] == "nhwc"
        return Bundle(self.name, types, channels_last, half_arithmetic=self.half_arithmetic)


@functools.cache
def all_targets() -> Mapping[str, Target]:
    """Every target by name, sorted: what modules in the folders of edgert_targets call TARGET.

    These modules import nothing but this; what needs the compiler lies in folders below. Then
    those that other packages register, which may not take a name that is there.
    """
    found: dict[str, Target] = {}
    for module in shallow_modules("edgert_targets"):
        target = getattr(module, "TARGET", None)
        if isinstance(target, Target):
            found[target.name] = target
    for target in plugins("edgert.targets").values():
        found.setdefault(target.name, target)
    return dict(sorted(found.items()))


def find(name: str) -> Target:
    """The target called `name`. Raises CompileError that lists the known ones."""
    targets = all_targets()
    if name not in targets:
        raise CompileError(
            f"unknown target '{name}'; known targets: {', '.join(targets)}"
            f"{did_you_mean(name, targets)}"
        )
    return targets[name]


def choose(name: str | None, output: str | os.PathLike[str] | None) -> Target:
    """The target called `name`; for None the only one that writes files with `output`'s suffix.

    Where no target's files have that suffix, and for bundles, that is the default. Raises
    CompileError for an unknown name, and for a suffix that several targets write.
    """
    if name is not None:
        return find(name)
    suffix = BUNDLE if output is None else _suffix_of(output)
    writers = (DEFAULT,) if suffix == BUNDLE else _writers(suffix) or (DEFAULT,)
    if len(writers) > 1:
        raise CompileError(f"several targets write '{suffix}'; choose {_choice(writers)}")
    return find(writers[0])
