"""Arena planning: offsets for the buffers of a program, and an independent check of them."""

from edgert.compiler.memory.plan import MemoryPlan
from edgert.compiler.memory.planner import plan_memory
from edgert.compiler.memory.verifier import MemoryPlanError, verify_plan

__all__ = ["MemoryPlan", "MemoryPlanError", "plan_memory", "verify_plan"]
