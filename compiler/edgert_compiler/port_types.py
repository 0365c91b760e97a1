"""The element types that a user asks for at the inputs and outputs of what is compiled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgert.errors import CompileError

if TYPE_CHECKING:
    import onnx_ir as ir

DECLARED = "float32"
TYPES = (DECLARED, "int8", "uint8")
_DIRECTIONS = ("inputs", "outputs")
# A name may contain "," and "=": what follows the last "=", up to "," or the end, is a type.
_ITEM = re.compile(rf"(?:(?P<port>.+?)=)??(?P<type>{'|'.join(TYPES)})(?:,|$)")


@dataclass(frozen=True)
class PortTypes:
    """Element types of float ports, which say their scale and zero point where they have 8 bits.

    Attributes:
        default: of ports that are not in `chosen`; "float32": as the model declares them.
        chosen: by name of a port, or for all "inputs" or "outputs". A name goes before these.
    """

    default: str = DECLARED
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> PortTypes:
        """From "uint8", "inputs=uint8,scores=int8" or "uint8,outputs=float32".

        Raises CompileError where it is nothing of the kind.
        """
        chosen: dict[str | None, str] = {}
        for port, dtype in _items(text):
            if port in chosen:
                whose = "of all ports" if port is None else f"of '{port}'"
                raise CompileError(f"io_type '{text}' gives the type {whose} twice")
            chosen[port] = dtype
        default = chosen.pop(None, DECLARED)
        return cls(default, {port: dtype for port, dtype in chosen.items() if port is not None})

    def named(self) -> set[str]:
        """The ports that were asked for by name."""
        return set(self.chosen) - set(_DIRECTIONS)

    def of(self, graph: ir.Graph, states: Collection[str] = ()) -> dict[str, str]:
        """The types of the ports that are not float32, by name.

        states: names of inputs and outputs that are no ports, since they stay inside.

        Raises CompileError for a name that is no port or no float port, and where a value that is
        an input and an output would have two types.
        """
        inputs = [value for value in graph.inputs if value.const_value is None]
        ports = {
            direction: [value for value in values if value.name not in states]
            for direction, values in zip(_DIRECTIONS, (inputs, graph.outputs))
        }
        self._check_names(ports)
        found: dict[str, str] = {}
        for direction, values in ports.items():
            usual = self.chosen.get(direction, self.default)
            for value in values:
                name = value.name or ""
                dtype = self.chosen[name] if name in self.named() else usual
                if found.setdefault(name, dtype) != dtype:
                    raise CompileError(
                        f"'{name}' is an input and an output at once: its io_type is one for both"
                    )
        return {name: dtype for name, dtype in found.items() if dtype != DECLARED}

    def _check_names(self, ports: Mapping[str, Sequence[ir.Value]]) -> None:
        known = {value.name: value for values in ports.values() for value in values}
        for name in sorted(self.named()):
            if name not in known:
                listed = (
                    f"{direction}: {', '.join(repr(value.name) for value in values) or 'none'}"
                    for direction, values in ports.items()
                )
                raise CompileError(f"io_type names '{name}', but the model has {'; '.join(listed)}")
            dtype = known[name].dtype
            if dtype is not None and dtype.name != "FLOAT":
                raise CompileError(
                    f"io_type names '{name}', which is {dtype.numpy().name} in the model; it is "
                    "for float32 ports"
                )


ALL_FLOAT = PortTypes()


def _items(text: str) -> list[tuple[str | None, str]]:
    items, position = [], 0
    while position < len(text):
        found = _ITEM.match(text, position)
        if found is None:
            break
        items.append((found["port"], found["type"]))
        position = found.end()
    if not items or position < len(text):
        raise CompileError(
            f"io_type '{text}': give float32, int8 or uint8 for all ports, or PORT=TYPE with the "
            "name of a port, 'inputs' or 'outputs'"
        )
    return items
