"""Core ML: ML Programs in .mlpackage folders, written with coremltools' MIL builder."""
