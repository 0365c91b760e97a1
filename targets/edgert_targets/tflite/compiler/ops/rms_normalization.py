"""RMSNormalization over the axes from `axis` on."""

from edgert_targets.tflite.compiler.ops.layer_normalization import (
    LayerNormalization as _Normalization,
)


class RMSNormalization(_Normalization):
    op_type = "RMSNormalization"
    centered = False
