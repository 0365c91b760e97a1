"""Names that MIL allows: letters, digits and underscores, not beginning with a digit."""

from __future__ import annotations

import re

import onnx_ir as ir

# Words of MIL's textual form, which coremltools renames.
_RESERVED = frozenset(
    {"any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "true", "false"}
    | {"string", "bf16", "fp16", "fp32", "fp64", "int8", "int16", "int32", "int64"}
    | {"uint8", "uint16", "uint32", "uint64", "state"}
)


class Names:
    """One identifier per value; inputs and outputs of the model choose first."""

    def __init__(self, graph: ir.Graph) -> None:
        self._taken: set[str] = set()
        self._by_value: dict[ir.Value, str] = {}
        for value in (*graph.inputs, *graph.outputs):
            self.of(value)

    def of(self, value: ir.Value) -> str:
        """The name of the value's variable."""
        if value not in self._by_value:
            self._by_value[value] = self.unique(value.name or "value")
        return self._by_value[value]

    def unique(self, text: str) -> str:
        """A new identifier, as close to the text as possible."""
        base = re.sub(r"\W", "_", text, flags=re.ASCII)
        base = base if re.match(r"[A-Za-z]", base) else f"var_{base.lstrip('_')}"
        base = f"{base}_" if base in _RESERVED else base
        name, number = base, 0
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
