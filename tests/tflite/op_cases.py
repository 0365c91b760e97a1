"""Small models, one or a few for each operator that lowers to TFLite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx

from ..passes.cases import build, ints, normal, positive


@dataclass(frozen=True)
class Case:
    """A model as text. `op` is the operator of the optimized graph that it is about.

    `domain`: [low, high) of the float inputs.
    """

    op: str
    signature: str
    body: str
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    domain: tuple[float, float] = (-3.0, 3.0)

    def __str__(self) -> str:
        return f"{self.op}: {self.body} {self.signature}"

    @property
    def model(self) -> onnx.ModelProto:
        return build(self.signature, self.body, 21, **self.constants)


IMAGE = "(float[2,6,7,8] x) => (float[2,a,b,c] y)"
SAME = "(float[2,6,7,8] x) => (float[2,6,7,8] y)"
SEQUENCE = "(float[2,6,9] x) => (float[2,a,b] y)"
TWO = "(float[2,6,7,8] x, float[2,6,7,8] z) => (float[2,6,7,8] y)"
MATRIX = "(float[3,8] x) => (float[a,b] y)"
ANY = "(float[2,6,7,8] x) => (float y)"


def unary(op: str, body: str = "", domain: tuple[float, float] = (-3.0, 3.0)) -> Case:
    return Case(op, SAME, f"y = {body or f'{op}(x)'}", domain=domain)


def conv(body: str, weights: tuple[int, ...], signature: str = IMAGE, op: str = "Conv") -> Case:
    """With a bias of as many channels as the output has."""
    constants = {"w": normal(*weights)}
    if "b)" in body:
        constants["b"] = normal(weights[0] if op == "Conv" else weights[1])
    return Case(f"edgert.{op}", signature, body, constants)


def compared(op: str) -> list[Case]:
    pair = "(float[2,6,7,8] x, float[2,6,7,8] z) => (bool[2,6,7,8] y)"
    numbers = "(int64[3,4] x, int64[4] z) => (bool[3,4] y)"
    return [Case(op, signature, f"y = {op}(x, z)") for signature in (pair, numbers)]


ACTIVATIONS = (
    unary("Relu"),
    unary("LeakyRelu", "LeakyRelu<alpha = 0.2>(x)"),
    unary("HardSigmoid"),
    unary("HardSigmoid", "HardSigmoid<alpha = 0.1666667, beta = 0.5>(x)"),
    unary("HardSwish"),
    unary("Sigmoid"),
    unary("Tanh"),
    unary("Gelu"),
    unary("Gelu", 'Gelu<approximate = "tanh">(x)'),
    unary("Elu"),
    unary("Elu", "Elu<alpha = 0.3>(x)"),
    unary("Selu"),
    unary("Celu", "Celu<alpha = 1.5>(x)"),
    unary("Mish"),
    unary("Softplus"),
    unary("Softsign"),
    Case("IsNaN", "(float[3,4] x) => (bool[3,4] y)", "a = Log(x) y = IsNaN(a)"),
    Case("ReduceLogSum", MATRIX, "y = ReduceLogSum(x, a)", {"a": ints(1)}, (0.5, 2.0)),
    unary("LRN", "LRN<size = 3, alpha = 0.3, bias = 2.0>(x)"),
    Case("Trilu", "(float[2,4,5] x) => (float[2,4,5] y)", "y = Trilu(x)"),
    Case(
        "Trilu",
        "(int64[4,5] x) => (int64[4,5] y)",
        "y = Trilu<upper = 0>(x, k)",
        {"k": np.array(1)},
    ),
    Case(
        "STFT",
        "(float[2,40] x) => (float[a,b,c,d] y)",
        "y = STFT(x, step, window)",
        {"step": np.array(6), "window": positive(16)},
    ),
    Case(
        "STFT",
        "(float[1,20,1] x) => (float[a,b,c,d] y)",
        "y = STFT<onesided = 0>(x, step, , length)",
        {"step": np.array(5), "length": np.array(10)},
    ),
    Case(
        "ScatterND",
        "(float[3,4,5] x, float[2,5] u) => (float[3,4,5] y)",
        "y = ScatterND(x, i, u)",
        {"i": np.array([[0, 3], [-1, 1]])},
    ),
    Case(
        "ScatterND",
        "(float[6] x, float[2] u) => (float[6] y)",
        "y = ScatterND(x, i, u)",
        {"i": np.array([[5], [2]])},
    ),
    Case(
        "ScatterElements",
        "(int64[3,4] x, int64[2,2] u) => (int64[3,4] y)",
        "y = ScatterElements<axis = 1>(x, i, u)",
        {"i": np.array([[3, -4], [1, 2]])},
    ),
    Case("Swish", SAME, "s = Sigmoid(x) y = Mul(x, s)"),
    Case("Clip", SAME, "y = Clip(x, l, h)", {"l": np.float32(0), "h": np.float32(6)}),
    Case("Clip", SAME, "y = Clip(x, l, h)", {"l": np.float32(-0.7), "h": np.float32(1.2)}),
    Case("Clip", SAME, "y = Clip(x, , h)", {"h": np.float32(1.2)}),
    Case("PRelu", SAME, "y = PRelu(x, s)", {"s": normal(6, 1, 1)}),
)
UNARY = (
    unary("Abs"),
    unary("Ceil"),
    unary("Cos"),
    unary("Exp"),
    unary("Floor"),
    unary("Log", domain=(0.1, 3.0)),
    Case("Neg", "(int64[3,4] x) => (int64[3,4] y)", "y = Neg(x)"),
    unary("Reciprocal", domain=(0.5, 3.0)),
    unary("Round"),
    unary("Sign"),
    unary("Sin"),
    unary("Sqrt", domain=(0.0, 3.0)),
    Case("Not", "(bool[3,4] x) => (bool[3,4] y)", "y = Not(x)"),
    Case("Cast", "(float[3,4] x) => (int32[3,4] y)", "y = Cast<to = 6>(x)"),
    Case("Cast", "(int64[3,4] x) => (float[3,4] y)", "y = Cast<to = 1>(x)"),
    Case("Cast", "(bool[3,4] x) => (int64[3,4] y)", "y = Cast<to = 7>(x)"),
    Case(
        "Identity", "(float[3,4] x) => (float[3,4] y, float[3,4] z)", "y = Relu(x) z = Identity(y)"
    ),
)
BINARY = (
    *(Case(op, TWO, f"y = {op}(x, z)") for op in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    Case("Add", "(float[2,6,7,8] x, float[8] z) => (float[2,6,7,8] y)", "y = Add(x, z)"),
    Case("Mul", "(float[2,6,7,8] x, float[6,1,1] z) => (float[2,6,7,8] y)", "y = Mul(x, z)"),
    Case("Add", "(int64[3,4] x, int64[4] z) => (int64[3,4] y)", "y = Add(x, z)"),
    Case("Pow", SAME, "y = Pow(x, e)", {"e": np.float32(2)}),
    Case("Pow", SAME, "y = Pow(x, e)", {"e": np.float32(0.5)}, (0.1, 3.0)),
    Case("Pow", SAME, "y = Pow(x, e)", {"e": np.float32(1.7)}, (0.1, 3.0)),
    Case("Mod", "(int64[3,4] x) => (int64[3,4] y)", "y = Mod(x, n)", {"n": ints(3)}),
    Case("And", "(bool[3,4] x, bool[3,4] z) => (bool[3,4] y)", "y = And(x, z)"),
    Case("Or", "(bool[3,4] x, bool[3,4] z) => (bool[3,4] y)", "y = Or(x, z)"),
    Case("Xor", "(bool[3,4] x, bool[3,4] z) => (bool[3,4] y)", "y = Xor(x, z)"),
    *(
        case
        for op in ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
        for case in compared(op)
    ),
    Case(
        "Where",
        "(bool[2,6,7,1] c, float[2,6,7,8] x, float[8] z) => (float[2,6,7,8] y)",
        "y = Where(c, x, z)",
    ),
    Case(
        "Mul",
        "(float[1,6,7,8] x) => (float[1,6,7,8] y)",
        "a = Conv(x, w) g = GlobalAveragePool(a) y = Mul(a, g)",
        {"w": normal(6, 6, 1, 1)},
    ),
)
CONVOLUTIONS = (
    conv("y = Conv(x, w, b)", (5, 6, 3, 3)),
    conv("y = Conv<pads = [1, 1, 1, 1]>(x, w)", (5, 6, 3, 3)),
    conv("y = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w, b)", (5, 6, 3, 3)),
    conv("y = Conv<pads = [0, 1, 1, 2], strides = [2, 1]>(x, w, b)", (5, 6, 3, 3)),
    conv("y = Conv<pads = [2, 2, 2, 2], dilations = [2, 2]>(x, w)", (5, 6, 3, 3)),
    conv("y = Conv<group = 6, pads = [1, 1, 1, 1]>(x, w, b)", (6, 1, 3, 3)),
    conv("y = Conv<group = 6, strides = [2, 2]>(x, w)", (12, 1, 3, 3)),
    conv("y = Conv<group = 2>(x, w, b)", (8, 3, 3, 3)),
    conv("y = Conv<pads = [1, 1], strides = [2]>(x, w, b)", (5, 6, 3), SEQUENCE),
    *(
        Case("edgert.Conv", IMAGE, f"a = Conv(x, w) y = {activation}", {"w": normal(5, 6, 3, 3)})
        for activation in ("Relu(a)", "Sigmoid(a)", "HardSwish(a)", "LeakyRelu(a)", "Tanh(a)")
    ),
    Case(
        "edgert.Conv",
        IMAGE,
        "a = Conv(x, w) s = Sigmoid(a) y = Mul(a, s)",
        {"w": normal(5, 6, 3, 3)},
    ),
    Case("edgert.Conv", TWO, "a = Conv(x, w) b = Add(a, z) y = Relu(b)", {"w": normal(6, 6, 1, 1)}),
    conv("y = ConvTranspose(x, w, b)", (6, 5, 3, 3), op="ConvTranspose"),
    conv(
        "y = ConvTranspose<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w, b)",
        (6, 5, 4, 4),
        op="ConvTranspose",
    ),
    conv(
        "y = ConvTranspose<pads = [1, 0, 1, 2], strides = [2, 3], output_padding = [1, 2]>(x, w)",
        (6, 5, 3, 3),
        op="ConvTranspose",
    ),
    conv(
        "y = ConvTranspose<dilations = [2, 1], strides = [1, 2]>(x, w)",
        (6, 5, 3, 3),
        op="ConvTranspose",
    ),
    conv("y = ConvTranspose<group = 2, strides = [2, 2]>(x, w)", (6, 2, 2, 2), op="ConvTranspose"),
    conv("y = ConvTranspose<strides = [2]>(x, w)", (6, 5, 3), SEQUENCE, op="ConvTranspose"),
    conv(
        "a = ConvTranspose<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w, b) y = Relu(a)",
        (6, 5, 4, 4),
        op="ConvTranspose",
    ),
    conv("a = ConvTranspose(x, w, b) y = Sigmoid(a)", (6, 5, 3, 3), op="ConvTranspose"),
)
PRODUCTS = (
    Case("edgert.Gemm", MATRIX, "y = MatMul(x, w)", {"w": normal(8, 5)}),
    Case(
        "edgert.Gemm", MATRIX, "a = Gemm(x, w, b) y = Relu(a)", {"w": normal(8, 5), "b": normal(5)}
    ),
    Case(
        "edgert.Gemm",
        "(float[2,3,8] x) => (float[2,3,5] y)",
        "y = MatMul(x, w)",
        {"w": normal(8, 5)},
    ),
    Case("MatMul", "(float[2,3,8] x, float[2,8,4] z) => (float[2,3,4] y)", "y = MatMul(x, z)"),
    Case(
        "MatMul",
        "(float[2,3,8] x, float[2,4,8] z) => (float[2,3,4] y)",
        "t = Transpose<perm = [0, 2, 1]>(z) y = MatMul(x, t)",
    ),
    Case("MatMul", "(float[5,3,8] x, float[8] z) => (float[5,3] y)", "y = MatMul(x, z)"),
    Case("MatMul", "(float[8] x, float[5,8,3] z) => (float[5,3] y)", "y = MatMul(x, z)"),
)
POOLS = (
    Case("MaxPool", IMAGE, "y = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(x)"),
    Case("MaxPool", IMAGE, "y = MaxPool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x)"),
    Case(
        "MaxPool", IMAGE, "y = MaxPool<kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1>(x)"
    ),
    Case("MaxPool", SEQUENCE, "y = MaxPool<kernel_shape = [2], pads = [1, 0]>(x)"),
    Case("AveragePool", IMAGE, "y = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(x)"),
    Case("AveragePool", IMAGE, "y = AveragePool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x)"),
    Case(
        "AveragePool",
        IMAGE,
        "y = AveragePool<kernel_shape = [3, 3], pads = [1, 1, 1, 1], count_include_pad = 1>(x)",
    ),
    Case("AveragePool", IMAGE, "y = AveragePool<kernel_shape = [3, 3], pads = [2, 0, 1, 2]>(x)"),
    Case(
        "AveragePool",
        IMAGE,
        "y = AveragePool<kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1>(x)",
    ),
    Case("GlobalAveragePool", IMAGE, "y = GlobalAveragePool(x)"),
    Case("GlobalMaxPool", IMAGE, "y = GlobalMaxPool(x)"),
)
REDUCTIONS = (
    *(
        Case(
            op,
            "(float[2,6,7,8] x) => (float[2,6,8] y)",
            f"y = {op}<keepdims = 0>(x, a)",
            {"a": ints(2)},
        )
        for op in (
            "ReduceMean",
            "ReduceSum",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
        )
    ),
    Case("ReduceSum", "(int64[3,4] x) => (int64[1,4] y)", "y = ReduceSum(x, a)", {"a": ints(0)}),
    Case(
        "ReduceMean",
        "(float[2,6,7,8] x) => (float[2,1,7,8] y)",
        "c = Conv(x, w) y = ReduceMean(c, a)",
        {"w": normal(6, 6, 1, 1), "a": ints(1)},
    ),
    *(
        Case(
            op,
            f"(float[2,6,7] x) => (int64[{shape}] y)",
            f"y = {op}<axis = 1, keepdims = {keep}>(x)",
        )
        for op in ("ArgMax", "ArgMin")
        for keep, shape in ((0, "2,7"), (1, "2,1,7"))
    ),
    Case("Softmax", "(float[3,8] x) => (float[3,8] y)", "y = Softmax(x)"),
    Case("Softmax", SAME, "y = Softmax<axis = 1>(x)"),
    Case("LogSoftmax", SAME, "y = LogSoftmax<axis = 2>(x)"),
    Case(
        "CumSum",
        "(float[3,8] x) => (float[3,8] y)",
        "y = CumSum<reverse = 1>(x, a)",
        {"a": ints(1)},
    ),
    Case(
        "TopK",
        "(float[3,8] x) => (float[3,2] y, int64[3,2] i)",
        "y, i = TopK(x, k)",
        {"k": ints(2)},
    ),
    Case(
        "TopK",
        "(float[3,8] x) => (float[2,8] y, int64[2,8] i)",
        "y, i = TopK<axis = 0, largest = 0>(x, k)",
        {"k": ints(2)},
    ),
)
MOVEMENT = (
    Case("Concat", TWO.replace("2,6,7,8] y", "2,12,7,8] y"), "y = Concat<axis = 1>(x, z)"),
    Case(
        "Split",
        "(float[2,6,7,8] x) => (float[2,2,7,8] y, float[2,4,7,8] z)",
        "y, z = Split<axis = 1>(x, s)",
        {"s": ints(2, 4)},
    ),
    Case(
        "Slice",
        "(float[2,6,7,8] x) => (float[2,4,7,3] y)",
        "y = Slice(x, s, e, a)",
        {"s": ints(1, -4), "e": ints(5, -1), "a": ints(1, 3)},
    ),
    Case(
        "Slice",
        "(float[2,6,7,8] x) => (float[2,6,3,8] y)",
        "y = Slice(x, s, e, a, t)",
        {"s": ints(-1, 7), "e": ints(0, -100), "a": ints(2, 3), "t": ints(-2, -1)},
    ),
    Case("Pad", "(float[2,6] x) => (float[5,6] y)", "y = Pad(x, p)", {"p": ints(1, 0, 2, 0)}),
    Case("Pad", "(float[2,6] x) => (float[2,5] y)", "y = Pad(x, p)", {"p": ints(0, 1, 0, -2)}),
    Case(
        "Pad",
        "(float[2,6] x) => (float[3,9] y)",
        "y = Pad(x, p, v)",
        {"p": ints(1, 3, 0, 0), "v": np.float32(1.5)},
    ),
    *(
        Case(
            "Pad",
            "(float[2,6,7,8] x) => (float[2,6,9,11] y)",
            f'y = Pad<mode = "{mode}">(x, p)',
            {"p": ints(0, 0, 1, 2, 0, 0, 1, 1)},
        )
        for mode in ("reflect", "edge")
    ),
    Case(
        "Reshape",
        "(float[2,6,7,8] x) => (float[12,56] y)",
        "y = Reshape(x, s)",
        {"s": ints(12, -1)},
    ),
    Case(
        "Reshape",
        "(float[1,6,7,8] x) => (float[1,336] y)",
        "a = Conv(x, w) y = Flatten(a)",
        {"w": normal(6, 6, 1, 1)},
    ),
    Case(
        "Transpose",
        "(float[2,6,7,8] x) => (float[8,2,7,6] y)",
        "y = Transpose<perm = [3, 0, 2, 1]>(x)",
    ),
    Case(
        "Reshape",
        "(float[1,6,7,8] x) => (float[1,6,7,8] y)",
        "c = Conv(x, w) a = Reshape(c, s) t = Transpose<perm = [0, 2, 1, 3, 4]>(a)"
        " r = Reshape(t, u) y = Conv(r, w)",
        {"w": normal(6, 6, 1, 1), "s": ints(1, 2, 3, 7, 8), "u": ints(1, 6, 7, 8)},
    ),
    Case(
        "Gather", "(float[5,6] x, int64[2,3] i) => (float[5,2,3] y)", "y = Gather<axis = 1>(x, i)"
    ),
    Case("Gather", "(float[5,6] x) => (float[2,6] y)", "y = Gather(x, i)", {"i": ints(-1, 2)}),
    Case("Gather", "(float[5,6] x) => (float[6] y)", "y = Gather(x, i)", {"i": np.array(2)}),
    Case("Tile", "(float[2,3] x) => (float[4,9] y)", "y = Tile(x, r)", {"r": ints(2, 3)}),
    Case(
        "Expand",
        "(float[2,1,3] x) => (float[4,2,5,3] y)",
        "y = Expand(x, s)",
        {"s": ints(4, 2, 5, 3)},
    ),
    *(
        Case(
            "DepthToSpace",
            "(float[2,8,3,4] x) => (float[2,2,6,8] y)",
            f'y = DepthToSpace<blocksize = 2, mode = "{mode}">(x)',
        )
        for mode in ("DCR", "CRD")
    ),
    Case(
        "SpaceToDepth",
        "(float[2,3,4,6] x) => (float[2,12,2,3] y)",
        "y = SpaceToDepth<blocksize = 2>(x)",
    ),
    Case(
        "DequantizeLinear",
        "(uint8[3,4] x) => (float[3,4] y)",
        "y = DequantizeLinear(x, s, z)",
        {"s": np.float32(0.1), "z": np.uint8(120)},
    ),
    Case(
        "QuantizeLinear",
        "(float[3,4] x) => (int8[3,4] y)",
        "y = QuantizeLinear(x, s, z)",
        {"s": np.float32(0.03), "z": np.int8(-5)},
    ),
)


def resize(mode: str, coordinates: str, sizes: tuple[int, int], nearest: str = "floor") -> Case:
    height, width = sizes
    return Case(
        "Resize",
        f"(float[1,3,6,7] x) => (float[1,3,{height},{width}] y)",
        f'y = Resize<mode = "{mode}", coordinate_transformation_mode = "{coordinates}",'
        f' nearest_mode = "{nearest}">(x, , , s)',
        {"s": ints(1, 3, height, width)},
    )


RESIZES = (
    *(
        resize("linear", coordinates, sizes)
        for coordinates in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
        for sizes in ((12, 14), (4, 9))
    ),
    resize("nearest", "asymmetric", (12, 14)),
    resize("nearest", "half_pixel", (12, 14), "round_prefer_floor"),
    resize("nearest", "half_pixel", (5, 9), "round_prefer_ceil"),
    resize("nearest", "asymmetric", (9, 9), "ceil"),
    resize("cubic", "half_pixel", (12, 14)),
    Case(
        "Resize",
        "(float[2,3,7] x) => (float[2,3,14] y)",
        'y = Resize<mode = "linear">(x, , , s)',
        {"s": ints(2, 3, 14)},
    ),
)
NORMALIZATIONS = (
    Case(
        "LayerNormalization",
        "(float[2,5,8] x) => (float[2,5,8] y)",
        "y = LayerNormalization(x, s, b)",
        {"s": positive(8), "b": normal(8)},
    ),
    Case(
        "InstanceNormalization",
        SAME,
        "y = InstanceNormalization(x, s, b)",
        {"s": positive(6), "b": normal(6)},
    ),
    Case(
        "GroupNormalization",
        SAME,
        "y = GroupNormalization<num_groups = 3>(x, s, b)",
        {"s": positive(6), "b": normal(6)},
    ),
)


def lstm(
    outputs: str, inputs: str = "x, w, r, b", attributes: str = "", more: str = "", layers: int = 1
) -> Case:
    """5 steps, batch 3, 4 inputs, 6 hidden, in `layers` directions; `more`: graph inputs."""
    shapes = {"y": f"5,{layers},3,6", "h": f"{layers},3,6", "c": f"{layers},3,6"}
    read = ", ".join(f"float[{shapes[name]}] {name}" for name in outputs.split())
    names = ", ".join(name if name in outputs else "" for name in "yhc").rstrip(", ")
    constants = {
        "w": normal(layers, 24, 4) / 2,
        "r": normal(layers, 24, 6) / 2,
        "b": normal(layers, 48) / 2,
        "p": normal(layers, 18) / 2,
        "lengths": np.array([5, 5, 5], np.int32),
        "state": normal(layers, 3, 6),
    }
    used = {name: array for name, array in constants.items() if name in inputs.split(", ")}
    body = f"{names} = LSTM<hidden_size = 6{attributes}>({inputs})"
    return Case("LSTM", f"(float[5,3,4] x{more}) => ({read})", body, used)


BOTH_WAYS = ', direction = "bidirectional"'
RELU = ', activations = ["Sigmoid", "Relu", "Relu"]'
RECURRENT = (
    lstm("y"),
    lstm("h", "x, w, r"),
    lstm("y h c"),
    lstm("y h c", attributes=', direction = "reverse"'),
    lstm("y h c", attributes=BOTH_WAYS, layers=2),
    lstm("y c", "x, w, r, b, lengths, state, state, p"),
    lstm("y", "x, w, r, b, , state, state, p", BOTH_WAYS, layers=2),
    lstm("y h c", "x, w, r, b, , h0, c0", more=", float[1,3,6] h0, float[1,3,6] c0"),
    lstm("h", "x, w, r, , , h0", BOTH_WAYS, ", float[2,3,6] h0", 2),
    lstm("y", attributes=RELU),
    Case(
        "LSTM",
        "(float[3,5,4] x) => (float[3,5,6] y)",
        "s = Transpose<perm = [1, 0, 2]>(x) l = LSTM<hidden_size = 6>(s, w, r)"
        " q = Squeeze(l, a) y = Transpose<perm = [1, 0, 2]>(q)",
        {"w": normal(1, 24, 4) / 2, "r": normal(1, 24, 6) / 2, "a": ints(1)},
    ),
)
INT8_CASES = (
    *ACTIVATIONS,
    *UNARY,
    *BINARY,
    *CONVOLUTIONS,
    *POOLS,
    *REDUCTIONS,
    *MOVEMENT,
    *RESIZES,
)
CASES = (*INT8_CASES, *PRODUCTS, *NORMALIZATIONS, *RECURRENT)
