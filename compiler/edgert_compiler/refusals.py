"""What edgert refuses on principle, why, and what to do instead: one table.

An operator that is only not there yet is no matter of principle and not in here.
"""

from __future__ import annotations

import onnx_ir as ir

SEQUENCES = (
    "a static memory plan has no place for sequences of tensors unless their lengths and all "
    "positions are known while compiling; export tensors instead, stacked along an axis or one "
    "output each"
)
OPTIONALS = (
    "a static memory plan has no place for values of which only a run knows whether they are "
    "there; export the model with the value, or without it"
)
STRINGS = (
    "edgert computes with numbers, not with strings; take apart and look up text before the model "
    "and give it the numbers"
)
TRAINING = (
    "edgert runs models, it does not train them; export for inference, for example with "
    "torch.onnx.export(..., training=TrainingMode.EVAL)"
)
RANDOM = (
    "a bundle gives the same result everywhere and each time; draw random numbers outside and make "
    "them an input of the model"
)
IMAGES = (
    "images are decoded before the model; declare its preprocessing (--preprocess) and give it "
    "pictures or pixels"
)

OPERATORS = {
    **dict.fromkeys(
        (
            "ConcatFromSequence",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SequenceMap",
            "SplitToSequence",
        ),
        SEQUENCES,
    ),
    **dict.fromkeys(("Optional", "OptionalGetElement", "OptionalHasElement"), OPTIONALS),
    **dict.fromkeys(
        (
            "RegexFullMatch",
            "StringConcat",
            "StringNormalizer",
            "StringSplit",
        ),
        STRINGS,
    ),
    **dict.fromkeys(
        (f"ai.onnx.preview.training.{op}" for op in ("Adagrad", "Adam", "Gradient", "Momentum")),
        TRAINING,
    ),
    "Dropout": f"it is in training mode, and {TRAINING}",
    **dict.fromkeys(
        (
            "Bernoulli",
            "Multinomial",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike",
        ),
        RANDOM,
    ),
    "ImageDecoder": IMAGES,
}
"""The reason by operator, written with its domain where that is not ONNX's own.

Dropout is rewritten wherever it is not in training mode.
"""


def of_type(type_: ir.TypeProtocol | None) -> str | None:
    """Why values of this type are refused, None where they are not or where there is no type."""
    if isinstance(type_, ir.SequenceType):
        return SEQUENCES
    if isinstance(type_, ir.OptionalType):
        return OPTIONALS
    if isinstance(type_, ir.TensorType) and type_.dtype == ir.DataType.STRING:
        return STRINGS
    return None


def of_node(node: ir.Node) -> str | None:
    """Why the node is refused on principle: for its operator, or for a value that it touches."""
    operator = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    if operator in OPERATORS:
        return OPERATORS[operator]
    reasons = (of_type(v.type) for v in (*node.inputs, *node.outputs) if v is not None)
    return next((reason for reason in reasons if reason is not None), None)
