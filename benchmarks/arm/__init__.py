"""Instructions that edgert and its peers execute on emulated ARM CPUs.

- `counts.py`: edgert beside LiteRT and onnxruntime, from Python, as users run them.
- `check.py`: edgert's core against the counts in `stored.json`, quick enough for every change.
- `symbols.py`: which functions of the core the instructions are in.

`emulator.py` counts, `core.py` and `debian.py` are what is emulated: a C program with the core, or
a Debian with Python.
"""
