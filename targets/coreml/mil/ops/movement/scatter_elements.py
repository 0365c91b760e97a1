"""ScatterElements to constant places."""

from edgert.targets.coreml.mil.ops.movement.scatter_nd import ScatterND


class ScatterElements(ScatterND):
    op_type = "ScatterElements"
