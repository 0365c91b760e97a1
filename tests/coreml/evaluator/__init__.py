"""Runs a saved .mlpackage in numpy: reads the files, computes what MIL's documentation says.

It shares no code with the compiler. coremltools serves for its protobuf classes alone; the weight
file is parsed here. What it computes is what the package means, not what Core ML's devices round.
"""

from tests.coreml.evaluator.program import Package, load

__all__ = ["Package", "load"]
