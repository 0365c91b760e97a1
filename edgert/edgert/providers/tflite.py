"""LiteRT or TensorFlow Lite's interpreter: ai-edge-litert, else tflite-runtime."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgert._text import reason
from edgert.errors import BundleError, InputError, RuntimeUnavailableError
from edgert.providers import check_options

if TYPE_CHECKING:
    import numpy as np

NAME = "TFLite"
INSTALL = "pip install ai-edge-litert, or tflite-runtime with 'numpy<2'"
_TFLITE_RUNTIME = "tflite_runtime.interpreter"
_MODULES = ("ai_edge_litert.interpreter", _TFLITE_RUNTIME)
_OPTIONS = ("num_threads",)
_TOO_OLD = "Didn't find op for builtin opcode"


def available() -> bool:
    """Whether an interpreter is installed and loads."""
    return _interpreter_module() is not None


def open(payload: bytes, options: Mapping[str, Any]) -> Interpreter:  # noqa: A001
    """An interpreter of the .tflite file `payload`; options: num_threads.

    Raises BundleError for a payload it does not take, InputError for an unknown option,
    RuntimeUnavailableError where no interpreter is installed.
    """
    check_options(NAME, options, _OPTIONS)
    threads = options.get("num_threads")
    if threads is not None and not (isinstance(threads, int) and threads > 0):
        raise InputError(f"num_threads of provider {NAME} is {threads!r}; give at least 1")
    module = _interpreter_module()
    if module is None:
        raise RuntimeUnavailableError(f"provider {NAME} is not installed: {INSTALL}")
    try:
        native = module.Interpreter(model_content=payload, num_threads=threads)
        native.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise BundleError(f"{NAME} does not take a payload of the bundle: {error}") from error
    return Interpreter(native, payload)


def refusal(content: bytes) -> str | None:
    """Why the interpreter does not take a .tflite file, which then is none for any.

    None where it takes the file, and where that cannot be told: no interpreter is installed, or one
    that is older than an operator of the file.
    """
    module = _interpreter_module()
    if module is None:
        return None
    plain = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES  # they would pack all weights
    try:
        module.Interpreter(
            model_content=content, num_threads=1, experimental_op_resolver_type=plain
        ).allocate_tensors()
    except (ValueError, RuntimeError) as error:
        return None if _TOO_OLD in str(error) else reason(error)
    return None


class Interpreter:
    """One payload, ready to run.

    Attributes:
        inputs, outputs: shape and numpy's name of the element type of each port, in order.
    """

    def __init__(self, native: Any, payload: bytes) -> None:
        self._native = native
        self._payload = payload  # the interpreter reads its weights in place
        details = native.get_input_details(), native.get_output_details()
        self._indices = [[port["index"] for port in ports] for ports in details]
        self.inputs, self.outputs = (list(map(_form, ports)) for ports in details)

    def run(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """Runs once; the results are copied into `outputs`."""
        sources, results = self._indices
        for index, array in zip(sources, inputs):
            self._native.set_tensor(index, array)
        self._native.invoke()
        for index, array in zip(results, outputs):
            array[...] = self._native.get_tensor(index)


def _form(port: Mapping[str, Any]) -> tuple[tuple[int, ...], str]:
    import numpy as np

    return tuple(map(int, port["shape"])), np.dtype(port["dtype"]).name


def _interpreter_module() -> Any:
    for name in _MODULES:
        if name == _TFLITE_RUNTIME and not _has_numpy_1():
            continue  # it imports, and then fails with a SystemError
        try:
            return importlib.import_module(name)
        except (ImportError, AttributeError):
            continue
    return None


def _has_numpy_1() -> bool:
    import numpy as np

    return np.__version__.startswith("1.")
