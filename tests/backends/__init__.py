"""The same cases on every runtime.

A runtime is a file in `runtimes` with a subclass of `Runtime`. `python -m tests.backends --accept`
writes its skip list; what is no refusal of the compiler deserves a reason written by hand there.
"""
