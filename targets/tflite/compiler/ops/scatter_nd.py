"""ScatterND to constant places."""

from edgert.targets.tflite.compiler.scatter import Scatter


class ScatterND(Scatter):
    op_type = "ScatterND"
