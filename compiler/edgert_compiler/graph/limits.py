"""What the core can take at most (edgert/core/runtime, kernels/elementwise)."""

MAX_RANK = 8
MAX_INPUTS = 16  # of a call
MAX_OUTPUTS = 4
ELEMENTWISE_INPUTS = 8
REGISTERS = 16  # of an elementwise call
INSTRUCTIONS = 1024
MAX_ITERATIONS = 1 << 20  # of one execution of a loop
