"""Quantization: calibration, the plan that says what is int8 and why, import and export of Q/DQ."""
