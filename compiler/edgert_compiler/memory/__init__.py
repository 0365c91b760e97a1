"""Arena planning: offsets for the buffers of a program, and an independent check of them."""

from edgert_compiler.memory.plan import MemoryPlan
from edgert_compiler.memory.planner import plan_memory
from edgert_compiler.memory.verifier import MemoryPlanError, verify_plan

__all__ = ["MemoryPlan", "MemoryPlanError", "plan_memory", "verify_plan"]
