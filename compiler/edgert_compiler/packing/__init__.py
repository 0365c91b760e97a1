"""Weight layouts of docs/kernels.md: from ONNX weights to the bytes that the kernels read."""

from edgert_compiler.packing.conv import pack_conv_f32, pack_conv_s8, pack_conv_terms
from edgert_compiler.packing.depthwise import pack_depthwise_f32, pack_depthwise_s8
from edgert_compiler.packing.layout import pack_channels
from edgert_compiler.packing.terms import WeightForm

__all__ = [
    "WeightForm",
    "pack_channels",
    "pack_conv_f32",
    "pack_conv_s8",
    "pack_conv_terms",
    "pack_depthwise_f32",
    "pack_depthwise_s8",
]
