"""FlatBuffers without dependencies: a schema parser and a bounds-checked reader.

The schema file itself is what the reader and the compiler's writer work from, so that the format is
written down once. Supported are tables, structs, enums, scalars, strings, vectors of those, and
unions of tables. Format: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from edgert.errors import BundleError

_SCALARS = {
    "bool": "?",
    "byte": "b",
    "ubyte": "B",
    "short": "h",
    "ushort": "H",
    "int": "i",
    "uint": "I",
    "float": "f",
    "long": "q",
    "ulong": "Q",
    "double": "d",
}


class Field(NamedTuple):
    """A field of a table or struct.

    `slot` is its index in the vtable; the type code of a union is in the slot before. `align`: of
    the elements of a vector, in bytes, where it is more than their own.
    """

    name: str
    type: str
    slot: int
    default: int | float
    required: bool
    align: int = 0


@dataclass(frozen=True)
class Schema:
    """The declarations of one .fbs file."""

    tables: dict[str, tuple[Field, ...]]
    structs: dict[str, tuple[Field, ...]]
    enums: dict[str, dict[str, int]]
    enum_types: dict[str, str]
    unions: dict[str, dict[str, int]]
    root: str
    identifier: bytes

    def scalar_format(self, type_name: str) -> str | None:
        """The `struct` format character of a scalar or enum type, None for any other type."""
        return _SCALARS.get(self.enum_types.get(type_name, type_name))

    def struct_format(self, type_name: str) -> struct.Struct:
        """The layout of a struct, with FlatBuffers' padding (that of C)."""
        return _struct_format(
            tuple(str(self.scalar_format(f.type)) for f in self.structs[type_name])
        )


@functools.cache
def _struct_format(characters: tuple[str, ...]) -> struct.Struct:
    layout, offset, alignment = "<", 0, 1
    for character in characters:
        size = struct.calcsize(character)
        padding = -offset % size
        layout += f"{padding}x{character}" if padding else character
        offset += padding + size
        alignment = max(alignment, size)
    tail = -offset % alignment
    return struct.Struct(layout + (f"{tail}x" if tail else ""))


def parse_schema(text: str) -> Schema:
    """Parses the text of a .fbs file."""
    text = re.sub(r"//[^\n]*", "", text)
    tables: dict[str, tuple[Field, ...]] = {}
    structs: dict[str, tuple[Field, ...]] = {}
    enums: dict[str, dict[str, int]] = {}
    enum_types: dict[str, str] = {}
    unions = {
        name: _members(body, 1) for name, body in re.findall(r"\bunion\s+(\w+)\s*\{([^}]*)\}", text)
    }
    for kind, name, base, body in re.findall(
        r"\b(table|struct|enum)\s+(\w+)\s*(?::\s*(\w+)\s*)?\{([^}]*)\}", text
    ):
        if kind == "enum":
            enum_types[name], enums[name] = base, _members(body)
        else:
            (tables if kind == "table" else structs)[name] = _fields(body, unions)
    root = re.search(r"\broot_type\s+(\w+)", text)
    identifier = re.search(r'\bfile_identifier\s+"(\w{4})"', text)
    if root is None or identifier is None:
        raise ValueError("the schema has no root_type or no file_identifier")
    return Schema(tables, structs, enums, enum_types, unions, root[1], identifier[1].encode())


def _members(body: str, first: int = 0) -> dict[str, int]:
    members: dict[str, int] = {}
    value = first - 1
    for item in filter(None, (part.strip() for part in body.split(","))):
        name, _, explicit = (part.strip() for part in item.partition("="))
        value = int(explicit) if explicit else value + 1
        members[name] = value
    return members


def _fields(body: str, unions: Mapping[str, object]) -> tuple[Field, ...]:
    fields: list[Field] = []
    slot = 0
    declarations = re.findall(
        r"(\w+)\s*:\s*([\[\]\w]+)\s*(?:=\s*([-\w.]+))?\s*(\([^)]*\))?\s*;", body
    )
    for name, type_name, default, attributes in declarations:
        value = float(default or 0) if type_name in ("float", "double") else int(default or 0)
        slot += type_name in unions
        align = re.search(r"force_align\s*:\s*(\d+)", attributes)
        fields.append(
            Field(
                name,
                type_name,
                slot,
                value,
                "required" in attributes,
                int(align[1]) if align else 0,
            )
        )
        slot += 1
    return tuple(fields)


@functools.lru_cache(maxsize=1)
def bundle_schema() -> Schema:
    """The schema of bundles."""
    path = Path(__file__).with_name("schema") / "bundle.fbs"
    return parse_schema(path.read_text(encoding="utf-8"))


class Table:
    """A table inside a buffer; its attributes are the fields of the schema.

    Scalars read as numbers (absent: the default), strings as str and vectors as tuples (absent:
    None), structs as tuples. Raises BundleError where an offset points outside of the buffer.
    """

    def __init__(self, schema: Schema, name: str, data: memoryview, position: int) -> None:
        self._schema = schema
        self._fields = {field.name: field for field in schema.tables[name]}
        self._data = data
        self._position = position
        self._vtable = position - self._scalar("i", position)
        self._vtable_size = self._scalar("H", self._vtable)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._fields:
            raise AttributeError(name)
        field = self._fields[name]
        position = self.position_of(name)
        if position is None:
            scalar = self._schema.scalar_format(field.type) is not None
            return field.default if scalar else None
        if field.type in self._schema.unions:
            return self._union(field, position)
        return self._value(field.type, position)

    def _union(self, field: Field, position: int) -> Table | None:
        """The table that the type code before it announces; None for one unknown to the schema."""
        offset = self._slot(field.slot - 1)
        code = self._scalar("B", offset) if offset is not None else 0
        codes = self._schema.unions[field.type]
        name = next((name for name, value in codes.items() if value == code), None)
        return self._value(name, position) if name is not None else None

    def fields(self) -> tuple[str, ...]:
        """The names of all fields, in schema order."""
        return tuple(self._fields)

    def raw(self, name: str) -> memoryview:
        """The bytes of a vector of scalars, where they lie; empty where it is absent."""
        position = self.position_of(name)
        if position is None:
            return self._data[:0]
        start = position + self._scalar("I", position)
        character = self._schema.scalar_format(self._fields[name].type[1:-1])
        assert character is not None, f"{name} is no vector of scalars"
        width = struct.calcsize(character)
        return self._data[start + 4 : start + 4 + width * self._vector_size(start, width)]

    def position_of(self, name: str) -> int | None:
        """Where in the buffer the field's scalar or offset lies; None where it is absent."""
        return self._slot(self._fields[name].slot)

    def _slot(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_size:
            return None
        offset = self._scalar("H", self._vtable + entry)
        return self._position + offset if offset else None

    def _scalar(self, character: str, position: int) -> Any:
        size = struct.calcsize(character)
        if not 0 <= position <= len(self._data) - size:
            raise BundleError("the bundle is damaged: an offset points outside of the file")
        return struct.unpack_from("<" + character, self._data, position)[0]

    def _value(self, type_name: str, position: int) -> Any:
        scalar = self._schema.scalar_format(type_name)
        if scalar is not None:
            return self._scalar(scalar, position)
        target = position + self._scalar("I", position)
        if type_name == "string":
            size = self._vector_size(target, 1)
            return bytes(self._data[target + 4 : target + 4 + size]).decode("utf-8", "replace")
        if type_name.startswith("["):
            return self._vector(type_name[1:-1], target)
        return Table(self._schema, type_name, self._data, target)

    def _vector_size(self, position: int, element_size: int) -> int:
        size: int = self._scalar("I", position)
        if position + 4 + size * element_size > len(self._data):
            raise BundleError("the bundle is damaged: a vector reaches beyond the file")
        return size

    def _vector(self, type_name: str, position: int) -> Any:
        scalar = self._schema.scalar_format(type_name)
        if scalar is not None:
            size = self._vector_size(position, struct.calcsize(scalar))
            return struct.unpack_from(f"<{size}{scalar}", self._data, position + 4)
        if type_name in self._schema.structs:
            layout = self._schema.struct_format(type_name)
            size = self._vector_size(position, layout.size)
            end = position + 4 + size * layout.size
            return tuple(layout.iter_unpack(self._data[position + 4 : end]))
        size = self._vector_size(position, 4)
        return tuple(
            self._value(type_name, element)
            for element in range(position + 4, position + 4 + 4 * size, 4)
        )


def read_root(schema: Schema, data: memoryview) -> Table:
    """The root table of a FlatBuffer. Raises BundleError where `data` does not hold one."""
    if len(data) < 8 or bytes(data[4:8]) != schema.identifier:
        raise BundleError(
            f"not a bundle: the file identifier {schema.identifier.decode()} is missing"
        )
    return Table(schema, schema.root, data, struct.unpack_from("<I", data, 0)[0])
