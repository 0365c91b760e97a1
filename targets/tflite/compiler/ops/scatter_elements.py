"""ScatterElements to constant places."""

from edgert.targets.tflite.compiler.scatter import Scatter


class ScatterElements(Scatter):
    op_type = "ScatterElements"
