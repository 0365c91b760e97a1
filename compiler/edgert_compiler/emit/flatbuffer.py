"""Writes a FlatBuffer from nested mappings, guided by the schema file itself."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flatbuffers

from edgert._flatbuffers import Field, Schema

_PREPEND = {
    "?": "Bool",
    "b": "Int8",
    "B": "Uint8",
    "h": "Int16",
    "H": "Uint16",
    "i": "Int32",
    "I": "Uint32",
    "f": "Float32",
    "q": "Int64",
    "Q": "Uint64",
    "d": "Float64",
}


def write_flatbuffer(schema: Schema, root: Mapping[str, Any]) -> bytes:
    """Serializes `root`, a mapping of field names to values of the schema's root table.

    Tables are mappings, vectors are sequences (bytes where the elements are ubyte), structs are
    sequences in field order, unions are pairs of a table's name and its value. A value of None and
    a missing key leave the field out. Scalars of the root table are written even where they are
    zero, so that they can be patched in place. The same value gives the same bytes. Raises
    ValueError for a field that the schema does not have or requires and does not get.
    """
    writer = _Writer(schema)
    offset = writer.table(schema.root, root, force_scalars=True)
    writer.builder.Finish(offset, file_identifier=schema.identifier)
    return bytes(writer.builder.Output())


class _Writer:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.builder = flatbuffers.Builder(1 << 16)
        self.leaves: dict[tuple[str, Any], int] = {}  # strings and vectors of scalars

    def table(self, name: str, values: Mapping[str, Any], force_scalars: bool = False) -> int:
        fields = self.schema.tables[name]
        _check_names(name, fields, values)
        present = [field for field in fields if values.get(field.name) is not None]
        offsets = {
            field.name: self._offset(field, values[field.name])
            for field in present
            if self.schema.scalar_format(field.type) is None
        }
        self.builder.StartObject(max((field.slot + 1 for field in fields), default=0))
        for field in sorted(present, key=self._size, reverse=True):
            if field.name in offsets:
                self.builder.PrependUOffsetTRelativeSlot(field.slot, offsets[field.name], 0)
                if field.type in self.schema.unions:
                    code = self.schema.unions[field.type][values[field.name][0]]
                    self.builder.PrependUint8Slot(field.slot - 1, code, 0)
            else:
                self._scalar_slot(field, values[field.name], force_scalars)
        return int(self.builder.EndObject())

    def _offset(self, field: Field, value: Any) -> int:
        """Writes what a field refers to."""
        if field.type in self.schema.unions:
            return self.table(*value)
        if field.align and isinstance(value, bytes):
            key = f"{field.type}@{field.align}"
            return self._leaf(key, value, lambda data: self._aligned(data, field.align))
        return self.reference(field.type, value)

    def _aligned(self, data: bytes, align: int) -> int:
        builder = self.builder
        builder.StartVector(1, len(data), align)
        builder.head = builder.Head() - len(data)
        builder.Bytes[builder.Head() : builder.Head() + len(data)] = data
        return int(builder.EndVector())

    def reference(self, type_name: str, value: Any) -> int:
        """Writes what a field holds by offset: a string, a vector or a table.

        Equal strings and equal vectors of scalars are written once.
        """
        if type_name in self.schema.tables:
            return self.table(type_name, value)
        if type_name == "string":
            return self._leaf(type_name, value, self.builder.CreateString)
        element = type_name[1:-1]
        if self.schema.scalar_format(element) is None:
            return self._vector(element, value)
        leaf = value if isinstance(value, bytes) else tuple(value)
        return self._leaf(type_name, leaf, lambda values: self._scalars(element, values))

    def _leaf(self, type_name: str, value: Any, write: Callable[[Any], int]) -> int:
        key = (type_name, value)
        if key not in self.leaves:
            self.leaves[key] = write(value)
        return self.leaves[key]

    def _vector(self, element: str, values: Sequence[Any]) -> int:
        if element in self.schema.structs:
            return self._structs(element, values)
        offsets = [self.reference(element, value) for value in values]
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def _scalars(self, element: str, values: bytes | tuple[Any, ...]) -> int:
        if isinstance(values, bytes):
            return int(self.builder.CreateByteVector(values))
        character = str(self.schema.scalar_format(element))
        size = struct.calcsize(character)
        self.builder.StartVector(size, len(values), size)
        prepend = getattr(self.builder, "Prepend" + _PREPEND[character])
        for value in reversed(values):
            prepend(value)
        return int(self.builder.EndVector())

    def _structs(self, name: str, values: Sequence[Sequence[Any]]) -> int:
        layout = self.schema.struct_format(name)
        alignment = max(self._size(field) for field in self.schema.structs[name])
        self.builder.StartVector(layout.size, len(values), alignment)
        for value in reversed(values):
            for byte in reversed(layout.pack(*value)):
                self.builder.PrependByte(byte)
        return int(self.builder.EndVector())

    def _scalar_slot(self, field: Field, value: Any, force: bool) -> None:
        prepend = "Prepend" + _PREPEND[str(self.schema.scalar_format(field.type))]
        if force:
            getattr(self.builder, prepend)(value)
            self.builder.Slot(field.slot)
        else:
            getattr(self.builder, prepend + "Slot")(field.slot, value, field.default)

    def _size(self, field: Field) -> int:
        character = self.schema.scalar_format(field.type)
        return 4 if character is None else struct.calcsize(character)


def _check_names(table: str, fields: tuple[Field, ...], values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - {field.name for field in fields})
    if unknown:
        raise ValueError(f"table {table} has no field {', '.join(unknown)}")
    missing = [f.name for f in fields if f.required and values.get(f.name) is None]
    if missing:
        raise ValueError(f"table {table} needs {', '.join(missing)}")
