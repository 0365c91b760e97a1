"""String labels of classifiers as positions, maps of probabilities as tensors.

The runtime has no strings and no maps. Where strings only name things - labels that a classifier
chooses, that nodes select or move, and that are an output in the end - the position in the list of
names takes their place; the list goes into the bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import AttributeProto, NodeProto, TensorProto, helper, numpy_helper

from edgert.errors import CompileError

_ML = "ai.onnx.ml"
_INTEGER_LABELS = {
    "TreeEnsembleClassifier": "classlabels_int64s",
    "LinearClassifier": "classlabels_ints",
    "SVMClassifier": "classlabels_ints",
}
_MOVES = frozenset(
    {"Identity", "Reshape", "Gather", "ArrayFeatureExtractor", "Squeeze", "Unsqueeze"}
    | {"Flatten", "Transpose", "Slice", "Cast"}
)
_SHOWN = 4


@dataclass
class StringFree:
    """What became of the strings.

    Attributes:
        labels: names of the classes, for the bundle; empty where the model has none.
        notes: what is different for the user, one sentence each.
    """

    labels: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def without_strings(model: onnx.ModelProto) -> StringFree:
    """Rewrites a checked model in place. Strings that do more than name classes stay.

    Raises CompileError where a node computes with the name of a class.
    """
    walk = _Walk(model.graph)
    for node in model.graph.node:
        walk.visit(node)
    return walk.finish()


class _Walk:
    """`names` has the list of names for every value that is a position now."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.names: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, list[str]] = {}  # keys of the maps that are tensors now
        self.constants = {t.name: t for t in graph.initializer if t.data_type == TensorProto.STRING}
        self.special: dict[str, Callable[[NodeProto], None]] = {
            **dict.fromkeys(_INTEGER_LABELS, self.classifier),
            "ZipMap": self.zip_map,
            "LabelEncoder": self.encoder,
            "CategoryMapper": self.encoder,
        }

    def visit(self, node: NodeProto) -> None:
        if node.op_type == "Constant" and not node.domain:
            self.constant(node)
        elif node.domain == _ML and node.op_type in self.special:
            self.special[node.op_type](node)
        elif node.op_type in _MOVES and node.input:
            self.move(node)
        elif any(name in self.names for name in node.input):
            raise CompileError(
                f"node '{node.name}' ({node.op_type}) computes with the names of classes; "
                "edgert has no strings: let the model end with the label, or export integer labels"
            )

    def constant(self, node: NodeProto) -> None:
        tensor = _attribute(node, "value")
        if tensor is not None and tensor.t.data_type == TensorProto.STRING:
            self.constants[node.output[0]] = tensor.t

    def classifier(self, node: NodeProto) -> None:
        names = _strings(node, "classlabels_strings")
        if names:
            _remove(node, "classlabels_strings")
            positions = list(range(len(names)))
            node.attribute.append(helper.make_attribute(_INTEGER_LABELS[node.op_type], positions))
            self.names[node.output[0]] = names

    def zip_map(self, node: NodeProto) -> None:
        keys = _strings(node, "classlabels_strings")
        integers = _attribute(node, "classlabels_int64s")
        self.columns[node.output[0]] = list(keys or map(str, integers.ints if integers else ()))
        node.op_type, node.domain = "Identity", ""
        del node.attribute[:]

    def move(self, node: NodeProto) -> None:
        """Cast to string keeps a position; a constant that is moved becomes positions."""
        source = node.input[0]
        if source in self.constants and source not in self.names:
            self.index_constant(self.constants[source], source)
        if source not in self.names:
            return
        if node.op_type == "Cast":
            node.op_type = "Identity"
            del node.attribute[:]
        self.names[node.output[0]] = self.names[source]

    def index_constant(self, tensor: TensorProto, name: str) -> None:
        array = numpy_helper.to_array(tensor)
        values = [_text(value) for value in array.reshape(-1)]
        self.names[name] = tuple(dict.fromkeys(values))
        position = {value: i for i, value in enumerate(self.names[name])}
        indices = np.array([position[value] for value in values], np.int64).reshape(array.shape)
        tensor.CopyFrom(numpy_helper.from_array(indices, tensor.name))

    def encoder(self, node: NodeProto) -> None:
        """LabelEncoder and CategoryMapper from or to positions."""
        if node.op_type == "CategoryMapper" and not _as_label_encoder(node, self.names):
            return
        known = self.names.get(node.input[0])
        if known is not None:
            keys = [*_strings(node, "keys_strings"), *_tensor_strings(node, "keys_tensor")]
            position = {name: i for i, name in enumerate(known)}
            _replace(node, "keys", [position.get(key, -1 - i) for i, key in enumerate(keys)])
        values = [*_strings(node, "values_strings"), *_tensor_strings(node, "values_tensor")]
        if not values or _strings(node, "keys_strings") or _tensor_strings(node, "keys_tensor"):
            return
        default = _strings(node, "default_string") or _tensor_strings(node, "default_tensor")
        names = tuple(dict.fromkeys([*values, *(default or ("_Unused",))]))
        _replace(node, "values", [names.index(value) for value in values])
        for old in ("default_string", "default_tensor"):
            _remove(node, old)
        node.attribute.append(
            helper.make_attribute("default_int64", names.index((default or ("_Unused",))[0]))
        )
        self.names[node.output[0]] = names

    def finish(self) -> StringFree:
        result = StringFree()
        for value in (*self.graph.output, *self.graph.value_info):
            if value.name in self.names:
                value.type.tensor_type.elem_type = TensorProto.INT64
        for value in self.graph.output:
            names = self.names.get(value.name)
            if names is not None:
                result.labels = result.labels or names
                result.notes.append(_label_note(value.name, names, names == result.labels))
            keys = self.columns.get(value.name)
            if keys is not None:
                value.type.Clear()
                value.type.tensor_type.elem_type = TensorProto.FLOAT
                result.notes.append(
                    f"output '{value.name}' is a float32 tensor instead of a sequence of maps: "
                    f"column i belongs to key i of {_shown(keys)}"
                )
        return result


def _label_note(output: str, names: tuple[str, ...], stored: bool) -> str:
    where = "session.labels" if stored else _shown(names, len(names))
    return f"output '{output}' is int64 instead of string: the position of the label in {where}" + (
        f" ({_shown(names)})" if stored else ""
    )


def _shown(names: Iterable[str], count: int = _SHOWN) -> str:
    listed = [repr(name) for name in names]
    return f"[{', '.join(listed[:count])}{', ...' if len(listed) > count else ''}]"


def _as_label_encoder(node: NodeProto, names: dict[str, tuple[str, ...]]) -> bool:
    """Gives a CategoryMapper that edgert can compute the form of LabelEncoder of opset 2."""
    strings = list(_strings(node, "cats_strings"))
    integers = _attribute(node, "cats_int64s")
    if integers is None:
        return False
    to_strings = _attribute(node, "default_string") is not None
    if not to_strings and node.input[0] not in names:
        return False
    numbers = list(integers.ints)
    _remove(node, "cats_strings")
    _remove(node, "cats_int64s")
    keys, values = (numbers, strings) if to_strings else (strings, numbers)
    for name, items in (("keys", keys), ("values", values)):
        suffix = "strings" if items is strings else "int64s"
        node.attribute.append(helper.make_attribute(f"{name}_{suffix}", items))
    node.op_type = "LabelEncoder"
    return True


def _replace(node: NodeProto, name: str, positions: list[int]) -> None:
    for suffix in ("strings", "tensor"):
        _remove(node, f"{name}_{suffix}")
    node.attribute.append(helper.make_attribute(f"{name}_int64s", positions))


def _attribute(node: NodeProto, name: str) -> AttributeProto | None:
    return next((a for a in node.attribute if a.name == name), None)


def _remove(node: NodeProto, name: str) -> None:
    for attribute in [a for a in node.attribute if a.name == name]:
        node.attribute.remove(attribute)


def _strings(node: NodeProto, name: str) -> tuple[str, ...]:
    attribute = _attribute(node, name)
    if attribute is None:
        return ()
    single = [attribute.s] if attribute.type == AttributeProto.STRING else []
    return tuple(_text(value) for value in (*single, *attribute.strings))


def _tensor_strings(node: NodeProto, name: str) -> tuple[str, ...]:
    attribute = _attribute(node, name)
    if attribute is None or attribute.t.data_type != TensorProto.STRING:
        return ()
    return tuple(_text(value) for value in attribute.t.string_data)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
