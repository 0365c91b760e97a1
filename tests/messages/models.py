"""Small models that are wrong, or that need an option, and the words that must say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import numpy_helper

Edit = Callable[[onnx.ModelProto], object]


@dataclass(frozen=True)
class Broken:
    """A model in ONNX's text syntax, edited afterwards; `words` must all be in the message."""

    name: str
    signature: str
    body: str
    words: tuple[str, ...]
    opset: int = 17
    edit: Edit | None = None
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def model(self) -> onnx.ModelProto:
        domains = f'"" : {self.opset}, "ai.onnx.ml" : 3, "com.microsoft" : 1'
        proto = onnx.parser.parse_model(
            f"<ir_version: 8, opset_import: [{domains}]> m {self.signature} {{ {self.body} }}"
        )
        for name, array in self.constants.items():
            proto.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
        if self.edit is not None:
            self.edit(proto)
        return proto


def floats(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def halves(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float16)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def broken(name: str, signature: str, body: str, *words: str, **rest: object) -> Broken:
    """`opset` and `edit` are what they are called, everything else is a constant."""
    known = {key: rest.pop(key) for key in ("opset", "edit") if key in rest}
    return Broken(name, signature, body, words, constants=rest, **known)  # type: ignore[arg-type]


ONE = "(float[4] x) => (float[4] y)"
IMAGE = "(float[1,3,8,8] x) => (float[1,4,6,6] y)"
MATRIX = "(float[2,3] x) => (float[2,4] y)"
PLANE = "(float[1,1,4,4] x) => (float[a,b,c,d] y)"

TYPES = [
    broken(
        "two float types",
        "(float[2] x, float16[2] z) => (float[2] y)",
        "y = Add(x, z)",
        "node 'Add_y' (Add, opset 17) is not valid",
        "the input 'x' of the model is float32",
        "the input 'z' of the model is float16",
        "Cast",
    ),
    broken(
        "float16 behind a node",
        "(float16[2] x, float16[2] z) => (float[2] y)",
        "a = Cast<to=1>(x) b = Relu(a) y = Mul(z, b)",
        "'b', computed by node 'Relu_b' (Relu), is float32",
        "the input 'z' of the model is float16",
    ),
    broken("weights", IMAGE, "y = Conv(x, w)", "constant 'w' is float16", w=halves(4, 3, 3, 3)),
    broken(
        "bias",
        IMAGE,
        "y = Conv(x, w, b)",
        "constant 'b' is float64",
        w=floats(4, 3, 3, 3),
        b=np.ones(4),
    ),
    broken("matrix", MATRIX, "y = MatMul(x, w)", "'w' is int64", w=np.ones((3, 4), np.int64)),
    broken(
        "concat",
        "(float[2] x, int64[2] z) => (float[4] y)",
        "y = Concat<axis=0>(x, z)",
        "'z' of the model is int64",
    ),
    broken(
        "indices",
        ONE,
        "y = Gather(x, i)",
        "input indices, the constant 'i', is float32; it must be int32 or int64",
        i=floats(4),
    ),
    broken(
        "shape",
        ONE,
        "y = Reshape(x, s)",
        "input shape, the constant 's', is int32; it must be int64",
        s=np.array([4], np.int32),
    ),
    broken("condition", ONE, "y = Where(x, x, x)", "condition", "is float32; it must be bool"),
    broken("not", "(float[4] x) => (bool[4] y)", "y = Not(x)", "is float32; it must be bool"),
    broken("relu", "(bool[4] x) => (bool[4] y)", "y = Relu(x)", "is bool, which Relu does not"),
    broken(
        "newer type",
        "(int32[4] x) => (int32[4] y)",
        "y = Relu(x)",
        "is int32, which Relu takes since opset 14 only",
        opset=13,
    ),
    broken("limits", ONE, "y = Clip(x, a)", "constant 'a' is float16", a=np.float16(0)),
    broken(
        "k",
        "(float[4] x) => (float[2] y, int64[2] i)",
        "y, i = TopK(x, k)",
        "input K, the constant 'k', is int32; it must be int64",
        k=np.array([2], np.int32),
    ),
    broken(
        "if",
        ONE,
        "y = If(x) <then_branch = t () => (float[4] a) { a = Relu(x) }, "
        "else_branch = e () => (float[4] b) { b = Neg(x) }>",
        "input cond",
        "must be bool",
    ),
    broken(
        "output",
        "(float[4] x) => (int64[4] y)",
        "y = Relu(x)",
        "output 'y' is declared as int64, but computed as float32",
    ),
    broken(
        "strings", "(string[4] x) => (string[4] y)", "y = Identity(x)", "'x'", "not with strings"
    ),
    broken("cast to nothing", ONE, "y = Cast<to=0>(x)", "'Cast_y' (Cast, opset 17)"),
]

FORM = [
    broken("attribute", ONE, "y = Relu<slope=1>(x)", "'Relu_y'", "has no attribute 'slope'"),
    broken(
        "misspelt attribute",
        PLANE,
        "y = MaxPool<kernel_shap=[1,1]>(x)",
        "no attribute 'kernel_shap'; did you mean 'kernel_shape'?",
    ),
    broken("missing attribute", PLANE, "y = MaxPool(x)", "attribute 'kernel_shape' is missing"),
    broken(
        "attribute type",
        PLANE,
        "y = MaxPool<kernel_shape=1>(x)",
        "must be INTS, not INT",
        "'MaxPool_y'",
    ),
    broken(
        "attribute word",
        PLANE,
        "y = Resize<mode='bicubic'>(x, , s)".replace("'", '"'),
        "attribute mode is 'bicubic'; it can be 'nearest', 'linear', 'cubic'",
        s=floats(4),
    ),
    broken(
        "older attribute",
        "(float[2,1] x) => (float[2] y)",
        "y = Squeeze<axes=[1]>(x)",
        "Squeeze of opset 13 has no attribute 'axes'",
        "up to opset 12, and takes an input instead",
        opset=13,
    ),
    broken("operator", ONE, "y = Frobnicate(x)", "no operator Frobnicate", "'Frobnicate_y'"),
    broken("misspelt operator", ONE, "y = Softmx(x)", "did you mean 'Softmax'?"),
    broken("lower case", ONE, "y = relu(x)", "did you mean 'Relu'?"),
    broken("newer operator", ONE, "y = Gelu(x)", "not in opset 17; it exists since opset 20"),
    broken(
        "ended operator",
        PLANE,
        "y = Upsample(x, s)",
        "not in opset 13; it ended with opset 9",
        opset=13,
        s=floats(4),
    ),
    broken("domain", ONE, "y = ai.onnx.ml.Relu(x)", "is an operator of domain 'ai.onnx'"),
    broken("foreign", ONE, "y = my.ops.Thing(x)", "opset_import has no domain 'my.ops'"),
    broken(
        "microsoft", ONE, "y = com.microsoft.Thing(x)", "com.microsoft.Thing", "not part of ONNX"
    ),
    broken("inputs", ONE, "y = Relu(x, x)", "it has 2 inputs; Relu of opset 17 has 1 (X)"),
    broken("too few inputs", ONE, "y = Add(x)", "it has 1 input; Add of opset 17 has 2 (A, B)"),
    broken("empty input", ONE, "y = Add(, x)", "its input A is missing"),
    broken(
        "outputs", "(float[4] x) => (float[4] y, float[4] z)", "y, z = Relu(x)", "it has 2 outputs"
    ),
    broken(
        "several nodes",
        ONE,
        "a = Frobnicate(x) b = Relu<slope=1>(a) y = Gelu(b)",
        "\n  node 'Frobnicate_a'",
        "\n  node 'Relu_b'",
        "\n  node 'Gelu_y'",
    ),
]

SHAPES = [
    broken(
        "channels",
        IMAGE,
        "y = Conv(x, w)",
        "node 'Conv_y' (Conv, opset 17)",
        "'w' has shape [4, 5, 3, 3], but must have [4, 3, _, _]",
        w=floats(4, 5, 3, 3),
    ),
    broken("groups", IMAGE, "y = Conv<group=2>(x, w)", "[4, 3/2, _, _]", w=floats(4, 3, 3, 3)),
    broken("rank of weights", IMAGE, "y = Conv(x, w)", "'w' float32 [4, 3, 3]", w=floats(4, 3, 3)),
    broken(
        "too many axes",
        IMAGE,
        "y = Conv(x, w)",
        "'Conv_y'",
        "[1, 4, 3, 3, 3]",
        w=floats(1, 4, 3, 3, 3),
    ),
    broken(
        "length of bias",
        IMAGE,
        "y = Conv(x, w, b)",
        "'b' has shape [5], but must have [4]",
        w=floats(4, 3, 3, 3),
        b=floats(5),
    ),
    broken(
        "kernel_shape",
        IMAGE,
        "y = Conv<kernel_shape=[5,5]>(x, w)",
        "kernel_shape is [5, 5], but its weights are [4, 3, 3, 3]",
        w=floats(4, 3, 3, 3),
    ),
    broken("window", PLANE, "y = MaxPool<kernel_shape=[9,9]>(x)", "would have the shape [1, 1, -4"),
    broken(
        "product",
        MATRIX,
        "y = MatMul(x, w)",
        "Incompatible dimensions",
        "'x' float32 [2, 3], 'w' float32 [5, 4]",
        w=floats(5, 4),
    ),
    broken("sum", MATRIX, "y = Add(x, w)", "'x' float32 [2, 3], 'w' float32 [2]", w=floats(2)),
    broken(
        "gemm",
        MATRIX,
        "y = Gemm(x, w, c)",
        "C has shape [1, 2, 4], more than the 2 axes",
        w=floats(3, 4),
        c=floats(1, 2, 4),
    ),
    broken("axis", MATRIX, "y = Softmax<axis=5>(x)", "'axis' must be in [-2 , 1]", "5"),
    broken("perm", MATRIX, "y = Transpose<perm=[1]>(x)", "perm has 1 axes, its input 2"),
    broken("reshape", MATRIX, "y = Reshape(x, s)", "'Reshape_y'", "[4] of [2, 3]", s=ints(4)),
    broken("concat", MATRIX, "y = Concat<axis=1>(x, w)", "'w' float32 [3, 3]", w=floats(3, 3)),
    broken("index", ONE, "y = Gather(x, i)", "position 9 is not on axis 0 of 4", i=ints(9)),
    broken(
        "scatter",
        ONE,
        "y = ScatterElements(x, i, u)",
        "position -5 is not on axis 0 of 4",
        i=ints(-5),
        u=floats(1),
    ),
    broken(
        "gather nd",
        ONE,
        "y = GatherND(x, i)",
        "position 4 is not on axis 0 of 4",
        i=ints(4).reshape(1, 1),
    ),
    broken(
        "scatter nd",
        ONE,
        "y = ScatterND(x, i, u)",
        "updates have shape [2], but [1] are replaced",
        i=ints(1).reshape(1, 1),
        u=floats(2),
    ),
    broken(
        "blocks",
        PLANE,
        "y = DepthToSpace<blocksize=2>(x)",
        "1 channels, no multiple of 4 (blocksize 2)",
    ),
    broken(
        "recurrent weights",
        "(float[4,1,3] x) => (float[4,1,1,5] y)",
        "y = LSTM<hidden_size=5>(x, w, r)",
        "'w' has shape [1, 20, 4], but must have [1, 20, 3]",
        w=floats(1, 20, 4),
        r=floats(1, 20, 5),
    ),
    broken(
        "recurrent state",
        "(float[4,1,3] x) => (float[4,1,1,5] y)",
        "y = GRU<hidden_size=5>(x, w, r, , , h)",
        "node 'GRU_y' (GRU, opset 17)",
        "'h' float32 [1, 1, 4]",
        w=floats(1, 15, 3),
        r=floats(1, 15, 5),
        h=floats(1, 1, 4),
    ),
    broken(
        "limit", ONE, "y = Clip(x, a)", "'a' has shape [2], but must be one number", a=floats(2)
    ),
]


def _set(name: str, value: object) -> Edit:
    return lambda model: setattr(model, name, value)


STRUCTURE = [
    broken(
        "no opset",
        ONE,
        "y = Relu(x)",
        "no domain 'ai.onnx'",
        edit=lambda m: m.ClearField("opset_import"),
    ),
    broken(
        "opset 0",
        ONE,
        "y = Relu(x)",
        "says opset 0",
        edit=lambda m: setattr(m.opset_import[0], "version", 0),
    ),
    broken(
        "newer opset",
        ONE,
        "y = Relu(x)",
        "uses opset 999",
        "install a newer onnx, or export the model with an older opset",
        edit=lambda m: setattr(m.opset_import[0], "version", 999),
    ),
    broken(
        "newer format",
        ONE,
        "y = Relu(x)",
        "IR version 99",
        "newer onnx",
        edit=_set("ir_version", 99),
    ),
    broken("no format", ONE, "y = Relu(x)", "it has no ir_version", edit=_set("ir_version", 0)),
    broken(
        "value twice",
        ONE,
        "a = Relu(x) a = Neg(x) y = Abs(a)",
        "two values are called 'a': of node 'Relu_a' and of node 'Neg_a'",
    ),
    broken(
        "input computed",
        ONE,
        "x = Abs(x) y = Relu(x)",
        "two values are called 'x': of the model's input",
    ),
    broken(
        "input twice",
        ONE,
        "y = Abs(x)",
        "two inputs are called 'x'",
        edit=lambda m: m.graph.input.extend([m.graph.input[0]]),
    ),
    broken(
        "initializer twice",
        ONE,
        "y = Add(x, w)",
        "two initializers are called 'w'",
        w=floats(4),
        edit=lambda m: m.graph.initializer.extend([m.graph.initializer[0]]),
    ),
    broken(
        "cycle",
        ONE,
        "a = Add(x, y) y = Relu(a)",
        "'Add_a' (Add) reads 'y' of node 'Relu_y'",
        "a cycle",
    ),
    broken(
        "absent initializer",
        ONE,
        "y = Add(x, weigth)",
        "node 'Add_y' (Add) reads 'weigth', which is no input, no initializer",
        "did you mean 'weight'?",
        weight=floats(4),
    ),
    broken(
        "absent output",
        "(float[4] x) => (float[4] y, float[4] z)",
        "y = Relu(x)",
        "nothing computes its output 'z'",
    ),
    broken(
        "no outputs",
        ONE,
        "y = Relu(x)",
        "has no outputs",
        edit=lambda m: m.graph.ClearField("output"),
    ),
    broken(
        "short initializer",
        ONE,
        "y = Add(x, w)",
        "w",
        "4 bytes",
        w=floats(4),
        edit=lambda m: setattr(m.graph.initializer[0], "raw_data", b"1234"),
    ),
    broken(
        "initializer without type",
        ONE,
        "y = Add(x, w)",
        "initializer 'w' has no element type",
        w=floats(4),
        edit=lambda m: m.graph.initializer[0].ClearField("data_type"),
    ),
    broken(
        "input without type",
        ONE,
        "y = Relu(x)",
        "input 'x' has no type",
        edit=lambda m: m.graph.input[0].ClearField("type"),
    ),
    broken(
        "node of another import",
        ONE,
        "y = Relu(x)",
        "no domain 'ai.onnx'",
        edit=lambda m: m.opset_import.pop(0),
    ),
    broken(
        "training",
        "(float[2,4,5,6] x) => (float[2,4,5,6] y, float[4] m2)",
        "y, m2, v2, m3, v3 = BatchNormalization(x, s, b, m, v)",
        "node 'BatchNormalization_y' (BatchNormalization, opset 9)",
        "training mode; export the model for inference",
        opset=9,
        **dict.fromkeys("sbmv", floats(4)),
    ),
]

INVALID = [*TYPES, *FORM, *SHAPES, *STRUCTURE]


def loop(trips: str) -> str:
    return (
        f"l, y = Loop({trips}, , x) <body = b (int64 i, bool c, float[2] p) => "
        "(bool d, float[2] q, float[2] r) { d = Identity(c) q = Add(p, p) r = Neg(p) }>"
    )


# Models with an input that must be known when compiling: what the message must name is a `broken`
# whose words are the options to give. With these, the model must compile.
SIZES = [
    broken("reshape", "(float[4] x, int64[2] s) => (float[a,b] y)", "y = Reshape(x, s)", "s=1,-1"),
    broken(
        "scales",
        "(float[1,1,4,4] x, float[4] s) => (float[a,b,c,d] y)",
        "y = Resize(x, , s)",
        "s=1,1,2,2",
    ),
    broken(
        "sizes",
        "(float[1,1,4,4] x, int64[4] s) => (float[a,b,c,d] y)",
        "y = Resize(x, , , s)",
        "s=1,1,8,8",
    ),
    broken(
        "a part of the scales",
        "(float[1,1,4,4] x, float[1] s) => (float[a,b,c,d] y)",
        "t = Concat<axis=0>(one, one, s, s) y = Resize(x, , t)",
        "s=1",
        one=floats(1),
    ),
    broken(
        "range",
        "(int64 n) => (int64[a] y)",
        "y = Range(z, n, o)",
        "n=10",
        z=np.int64(0),
        o=np.int64(1),
    ),
    broken("fill", "(int64[2] s) => (float[a,b] y)", "y = ConstantOfShape(s)", "s=1,1"),
    broken(
        "expand", "(float[1,4] x, int64[3] s) => (float[a,b,c] y)", "y = Expand(x, s)", "s=1,1,4"
    ),
    broken("tile", "(float[1,4] x, int64[2] s) => (float[a,b] y)", "y = Tile(x, s)", "s=1,1"),
    broken("pad", "(float[1,4] x, int64[4] s) => (float[a,b] y)", "y = Pad(x, s)", "s=0,0,0,0"),
    broken(
        "slice",
        "(float[4] x, int64[1] s, int64[1] e) => (float[a] y)",
        "y = Slice(x, s, e)",
        "s=0",
        "e=4",
    ),
    broken("axes", "(float[4,4] x, int64[1] s) => (float[a,b] y)", "y = ReduceSum(x, s)", "s=0"),
    broken(
        "split",
        "(float[4] x, int64[2] s) => (float[a] y, float[b] z)",
        "y, z = Split(x, s)",
        "s=3,1",
    ),
    broken(
        "depth",
        "(int64[4] x, int64 d) => (float[4,a] y)",
        "y = OneHot(x, d, v)",
        "d=10",
        v=np.array([0, 1], np.float32),
    ),
    broken("trip count", "(int64 n, float[2] x) => (float[a,2] y)", loop("n"), "n=10"),
    broken(
        "quoted name",
        "(float[4] x, int64[2] s) => (float[a,b] y)",
        "y = Reshape(x, s)",
        "'the shape=1,-1'",
        edit=lambda m: (
            setattr(m.graph.input[1], "name", "the shape"),
            m.graph.node[0].input.__setitem__(1, "the shape"),
        ),
    ),
]
