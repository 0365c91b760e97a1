"""What a valid node obeys, and ONNX's own shape inference does not look at.

Shapes are written as words, one for each axis: a number, the name of a size (the same everywhere in
the operator), an integer attribute in lower case, a product or quotient of these, "_" for any size,
or "..." for any number of axes (the same number everywhere in the operator).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx_ir as ir

from edgert_compiler.graph.matching import dims
from edgert_compiler.graph.nodes import array_of, integer, integers, integers_of, optional, string

_PADDING = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
_REDUCTION = ("none", "add", "mul", "max", "min")
_LOSS = ("none", "sum", "mean")
_DIRECTION = ("forward", "reverse", "bidirectional")
_POOLS = ("AveragePool", "LpPool", "MaxPool")
_CONVS = ("Conv", "ConvInteger", "ConvTranspose", "QLinearConv", "DeformConv")

_WORDS: Mapping[tuple[str, str], Sequence[str]] = {
    **{(op, "auto_pad"): _PADDING for op in (*_CONVS[:4], *_POOLS)},
    **{(op, "direction"): _DIRECTION for op in ("GRU", "LSTM", "RNN")},
    **{(op, "reduction"): _REDUCTION for op in ("ScatterElements", "ScatterND")},
    ("BitShift", "direction"): ("LEFT", "RIGHT"),
    ("DepthToSpace", "mode"): ("DCR", "CRD"),
    ("Gelu", "approximate"): ("none", "tanh"),
    ("GridSample", "mode"): ("linear", "nearest", "cubic", "bilinear", "bicubic"),
    ("GridSample", "padding_mode"): ("zeros", "border", "reflection"),
    ("NegativeLogLikelihoodLoss", "reduction"): _LOSS,
    ("Pad", "mode"): ("constant", "reflect", "edge", "wrap"),
    ("Resize", "coordinate_transformation_mode"): (
        *("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners"),
        *("asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"),
    ),
    ("Resize", "keep_aspect_ratio_policy"): ("stretch", "not_larger", "not_smaller"),
    ("Resize", "mode"): ("nearest", "linear", "cubic"),
    ("Resize", "nearest_mode"): ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
    ("RoiAlign", "coordinate_transformation_mode"): ("half_pixel", "output_half_pixel"),
    ("SoftmaxCrossEntropyLoss", "reduction"): _LOSS,
    ("TensorScatter", "mode"): ("linear", "circular"),
    ("Upsample", "mode"): ("nearest", "linear"),
}
"""The words that a string attribute can be, by operator and name."""

_SHAPES: Mapping[str, Sequence[str]] = {
    "Conv": ("N C ...", "M C/group ...", "M"),
    "ConvInteger": ("N C ...", "M C/group ..."),
    "ConvTranspose": ("N C ...", "C M ...", "M*group"),
    "DeformConv": ("N C ...", "M C/group ...", "N _ ...", "M", "N _ ..."),
    "QLinearConv": ("N C ...", "", "", "M C/group ...", "", "", "", "", "M"),
    "GRU": ("_ _ I", "D 3*hidden_size I", "D 3*hidden_size hidden_size", "D 6*hidden_size"),
    "LSTM": ("_ _ I", "D 4*hidden_size I", "D 4*hidden_size hidden_size", "D 8*hidden_size"),
    "RNN": ("_ _ I", "D hidden_size I", "D hidden_size hidden_size", "D 2*hidden_size"),
    "GatherElements": ("...", "..."),
    "GlobalAveragePool": ("N C ...",),
    "GlobalMaxPool": ("N C ...",),
    "InstanceNormalization": ("N C ...", "C", "C"),
    "NonMaxSuppression": ("B S 4", "B K S"),
    "RoiAlign": ("N C H W", "R 4", "R"),
    "ScatterElements": ("...", "...", "..."),
}
"""Shapes of inputs, by operator; "" where nothing is asked of one."""

# Operands that are lists of numbers, one for each axis or similar.
_VECTORS: Mapping[str, Sequence[int]] = {
    **dict.fromkeys((f"Reduce{kind}" for kind in ("L1", "L2", "LogSum", "LogSumExp", "Max")), (1,)),
    **dict.fromkeys((f"Reduce{kind}" for kind in ("Mean", "Min", "Prod", "Sum")), (1,)),
    **dict.fromkeys(("ReduceSumSquare", "Squeeze", "Unsqueeze", "Split", "Compress"), (1,)),
    "Pad": (1, 3),
    "Resize": (2, 3),
    "Slice": (1, 2, 3, 4),
    "Upsample": (1,),
}

_AXES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("GatherElements", "LayerNormalization", "RMSNormalization"), ("axis",)),
    "ReverseSequence": ("time_axis", "batch_axis"),
    "ScatterElements": ("axis",),
}
_AXIS_OPERANDS = frozenset({"CumProd", "CumSum"})
_DIRECTIONS = {"bidirectional": 2}


def inconsistency(node: ir.Node) -> str | None:
    """What is wrong with a node of ONNX's own domain, None where nothing is found."""
    if node.domain:
        return None
    checks: Sequence[Callable[[ir.Node], str | None]] = (
        _word_problem,
        _shape_problem,
        _vector_problem,
        _axis_problem,
        _CHECKS.get(node.op_type, _nothing),
    )
    return next((problem for check in checks if (problem := check(node)) is not None), None)


def _nothing(_node: ir.Node) -> str | None:
    return None


def _word_problem(node: ir.Node) -> str | None:
    for name, attribute in node.attributes.items():
        words = _WORDS.get((node.op_type, name))
        if words is not None and attribute.as_string() not in words:
            known = ", ".join(map(repr, words))
            return f"its attribute {name} is '{attribute.as_string()}'; it can be {known}"
    return None


def _shape_problem(node: ir.Node) -> str | None:
    sizes: dict[str, int] = {
        "D": _DIRECTIONS.get(string(node, "direction", ""), 1),
        "group": integer(node, "group", 1),
        "hidden_size": integer(node, "hidden_size", 0),
    }
    for index, pattern in enumerate(_SHAPES.get(node.op_type, ())):
        value = optional(node, index)
        shape = None if value is None else dims(value)
        if value is None or shape is None or not pattern:
            continue
        if not _fits(pattern.split(), shape, sizes):
            wanted = ", ".join(_readable(word, sizes) for word in pattern.split())
            return f"its input '{value.name}' has shape {list(shape)}, but must have [{wanted}]"
    return None


def _fits(words: Sequence[str], shape: Sequence[int], sizes: dict[str, int]) -> bool:
    """Whether a shape is as the words say; sizes that are new become known."""
    if "..." in words:
        place = words.index("...")
        rest = len(shape) - len(words) + 1
        if sizes.setdefault("...", rest) != rest or rest < 0:
            return False
        words = [*words[:place], *("_" for _ in range(rest)), *words[place + 1 :]]
    if len(words) != len(shape):
        return False
    for word, size in zip(words, shape):
        known = _size(word, sizes)
        if known is None and word.isalpha():
            sizes[word] = size
        elif known is not None and known != size:
            return False
    return True


def _size(word: str, sizes: Mapping[str, int]) -> int | None:
    """The value of a word, or None where it is not known."""
    if "/" in word:
        whole, part = (sizes.get(name) for name in word.split("/"))
        if whole is None or part is None:
            return None
        return whole // part if part and not whole % part else -1
    factors = [int(f) if f.isdigit() else sizes.get(f) for f in word.split("*")]
    return None if None in factors else math.prod(f for f in factors if f is not None)


def _readable(word: str, sizes: Mapping[str, int]) -> str:
    size = None if word in ("_", "...") else _size(word, sizes)
    if word == "..." and "..." in sizes:
        return ", ".join("_" * sizes["..."])
    if size == -1:
        return "/".join(str(sizes[part]) for part in word.split("/"))
    return word if size is None else str(size)


def _vector_problem(node: ir.Node) -> str | None:
    for index in _VECTORS.get(node.op_type, ()):
        value = optional(node, index)
        shape = None if value is None else dims(value)
        if value is not None and shape is not None and len(shape) > 1:
            return f"its input '{value.name}' has shape {list(shape)}, but must be a vector"
    return None


def _axis_problem(node: ir.Node) -> str | None:
    x = optional(node, 0)
    shape = None if x is None else dims(x)
    if shape is None:
        return None
    given = [(name, integer(node, name)) for name in _AXES.get(node.op_type, ())]
    if node.op_type in _AXIS_OPERANDS:
        given += [("axis", axis) for axis in integers_of(node, 1) or ()]
    for name, axis in given:
        if axis is not None and not -len(shape) <= axis < max(1, len(shape)):
            return f"its {name} is {axis}, but its input has {len(shape)} axes"
    return None


def _index_problem(indices: ir.Value | None, size: int, where: str) -> str | None:
    """Of constant positions along something with `size` entries."""
    array = array_of(indices)
    if array is None or not array.size:
        return None
    wrong = array[(array < -size) | (array >= size)]
    return f"the position {int(wrong.flat[0])} is not on {where} of {size}" if wrong.size else None


def _window(node: ir.Node) -> str | None:
    """kernel_shape repeats the shape of the weights."""
    weights = optional(node, 3 if node.op_type == "QLinearConv" else 1)
    shape = None if weights is None else dims(weights)
    given = integers(node, "kernel_shape")
    if shape is not None and given and given != shape[2:]:
        return f"its kernel_shape is {list(given)}, but its weights are {list(shape)}"
    return None


def _quantized_conv(node: ir.Node) -> str | None:
    """The scales of the weights are one number, or one for each output channel."""
    weights, scales = optional(node, 3), optional(node, 4)
    shape = None if weights is None else dims(weights)
    given = None if scales is None else dims(scales)
    if shape and scales is not None and given not in (None, (), (1,), (shape[0],)):
        return (
            f"its input '{scales.name}' has shape {list(given or ())}, but must have "
            f"[{shape[0]}], or be one number"
        )
    return _window(node)


def _alike(first: int, second: int) -> Callable[[ir.Node], str | None]:
    """Two inputs of one shape."""

    def check(node: ir.Node) -> str | None:
        values = optional(node, first), optional(node, second)
        one, other = (None if value is None else dims(value) for value in values)
        if one is None or other is None or one == other:
            return None
        names = " and ".join(f"'{value.name}'" for value in values if value is not None)
        return f"its inputs {names} have shapes {list(one)} and {list(other)}, but must have one"

    return check


def _stft(node: ir.Node) -> str | None:
    steps = integers_of(node, 1) or ()
    return f"its frame_step is {steps[0]}" if steps and steps[0] < 1 else None


def _gather(node: ir.Node) -> str | None:
    x = optional(node, 0)
    shape = None if x is None else dims(x)
    axis = integer(node, "axis", 0)
    if not shape:
        return None
    return _index_problem(optional(node, 1), shape[axis], f"axis {axis}")


def _gather_nd(node: ir.Node) -> str | None:
    x, indices = optional(node, 0), optional(node, 1)
    array, shape = array_of(indices), None if x is None else dims(x)
    if array is None or not array.size or shape is None:
        return None
    first = integer(node, "batch_dims", 0)
    for place in range(array.shape[-1]):
        axis = first + place
        if axis >= len(shape):
            return f"it takes positions on {array.shape[-1]} axes, but has {len(shape) - first}"
        tensor = ir.Value(const_value=ir.tensor(np.ascontiguousarray(array[..., place])))
        problem = _index_problem(tensor, shape[axis], f"axis {axis}")
        if problem is not None:
            return problem
    return None


def _scatter_nd(node: ir.Node) -> str | None:
    shapes = [None if value is None else dims(value) for value in node.inputs[:3]]
    data, indices, updates = shapes
    if data is None or indices is None or updates is None or not indices:
        return _gather_nd(node)
    wanted = (*indices[:-1], *data[indices[-1] :])
    if updates != wanted:
        return f"its updates have shape {list(updates)}, but {list(wanted)} are replaced"
    return _gather_nd(node)


def _scatter_elements(node: ir.Node) -> str | None:
    indices, updates = (None if v is None else dims(v) for v in node.inputs[1:3])
    if indices is not None and updates is not None and indices != updates:
        return f"its updates have shape {list(updates)}, its indices {list(indices)}"
    return _gather(node)


def _depth_to_space(node: ir.Node) -> str | None:
    x, block = optional(node, 0), integer(node, "blocksize", 1)
    shape = None if x is None else dims(x)
    depth = node.op_type == "DepthToSpace"
    if shape is None or len(shape) != 4:
        return None
    sizes = {"channels": shape[1]} if depth else {"height": shape[2], "width": shape[3]}
    divisor = block * block if depth else block
    odd = [f"{size} {name}" for name, size in sizes.items() if divisor < 1 or size % divisor]
    return f"its input has {odd[0]}, no multiple of {divisor} (blocksize {block})" if odd else None


def _transpose(node: ir.Node) -> str | None:
    x, order = optional(node, 0), integers(node, "perm")
    shape = None if x is None else dims(x)
    if shape is not None and order and len(order) != len(shape):
        return f"its perm has {len(order)} axes, its input {len(shape)}"
    return None


def _gemm(node: ir.Node) -> str | None:
    added = optional(node, 2)
    shape = None if added is None else dims(added)
    if shape is not None and len(shape) > 2:
        return f"its input C has shape {list(shape)}, more than the 2 axes of a matrix"
    return None


def _clip(node: ir.Node) -> str | None:
    for value in node.inputs[1:]:
        shape = None if value is None else dims(value)
        if value is not None and shape is not None and math.prod(shape) != 1:
            return f"its limit '{value.name}' has shape {list(shape)}, but must be one number"
    return None


def _reverse_sequence(node: ir.Node) -> str | None:
    x, lengths = optional(node, 0), array_of(optional(node, 1))
    shape = None if x is None else dims(x)
    time = integer(node, "time_axis", 0)
    if shape is None or lengths is None:
        return None
    wrong = lengths[(lengths < 1) | (lengths > shape[time])]
    return (
        f"a length is {int(wrong.flat[0])}, axis {time} has {shape[time]}" if wrong.size else None
    )


_CHECKS: Mapping[str, Callable[[ir.Node], str | None]] = {
    **dict.fromkeys(_CONVS, _window),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _depth_to_space),
    "Clip": _clip,
    "Gather": _gather,
    "GatherElements": _gather,
    "GatherND": _gather_nd,
    "Gemm": _gemm,
    "MaxUnpool": _alike(0, 1),
    "QLinearConv": _quantized_conv,
    "ReverseSequence": _reverse_sequence,
    "RotaryEmbedding": _alike(1, 2),
    "STFT": _stft,
    "ScatterElements": _scatter_elements,
    "ScatterND": _scatter_nd,
    "Transpose": _transpose,
}
