"""`tflite_runtime.interpreter` (also `ai_edge_litert.interpreter`) on top of edgert.

>>> from edgert.compat.tflite import Interpreter
>>> interpreter = Interpreter(model_path="detect.tflite", num_threads=4)
>>> interpreter.allocate_tensors()
>>> interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
>>> interpreter.invoke()
>>> boxes = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

Tensors are the model's inputs and outputs; what lies between has no index. Delegates are libraries
for TFLite's own kernels, which do not run here: `load_delegate` raises what TFLite raises where it
cannot load one, so that programs with a fallback take it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from edgert.compat._models import Model, open_model
from edgert.errors import Error, InputError
from edgert.session import InferenceSession

__all__ = ["Interpreter", "OpResolverType", "SignatureRunner", "load_delegate"]

_SIGNATURE = "serving_default"


class TensorError(InputError, ValueError):
    """An argument is wrong: a file, a tensor index, shape, type; TFLite raises ValueError."""


class DelegateError(Error, ValueError, OSError):
    """There are no delegates here.

    TFLite raises OSError where the library is missing, ValueError where it does not work.
    """


class NotAllocatedError(Error, RuntimeError, ValueError):
    """`allocate_tensors` comes first; `invoke` of TFLite raises RuntimeError, others ValueError."""


class OpResolverType(Enum):
    """Chooses among TFLite's own kernels; has no meaning here."""

    AUTO = 0
    BUILTIN = 1
    BUILTIN_REF = 2
    BUILTIN_WITHOUT_DEFAULT_DELEGATES = 3


def load_delegate(library: str, options: object = None) -> None:  # noqa: ARG001
    """Raises DelegateError: edgert runs models on the CPU with its own kernels."""
    raise DelegateError(
        f"cannot load the delegate {library}: edgert runs models on the CPU; "
        "leave experimental_delegates out"
    )


class Interpreter:
    """A model with named, numbered tensors: set inputs, invoke, get outputs.

    Indices count the inputs first, then the outputs.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str] | None = None,
        model_content: bytes | None = None,
        experimental_delegates: Sequence[object] | None = None,
        num_threads: int | None = None,
        **_: Any,
    ) -> None:
        """Opens a model: a bundle, or a .tflite or .onnx file (see `edgert.compat`).

        Further keyword arguments tune TFLite's own kernels and have no meaning here.
        Raises DelegateError where delegates are given, TensorError where there is no such file or
        it is no model, and what compiling the model raises.
        """
        if (model_path is None) == (model_content is None):
            raise TensorError("give either model_path or model_content")
        if not isinstance(num_threads, (int, type(None))):
            raise TensorError(f"num_threads is {num_threads!r}, not an int")
        if experimental_delegates:
            raise DelegateError("edgert has no delegates: leave experimental_delegates out")
        threads = num_threads if num_threads and num_threads > 0 else None  # -1: TFLite's default
        source = model_content if model_path is None else model_path
        assert source is not None
        try:
            self._model: Model = open_model(source, threads)
        except InputError as error:
            raise TensorError(str(error)) from error
        self._ports = [*self._model.inputs, *self._model.outputs]
        self._input_count = len(self._model.inputs)
        self._shapes = [_fixed(port.shape) for port in self._ports]
        self._session: InferenceSession | None = None
        self._arrays: list[np.ndarray] = []

    def allocate_tensors(self) -> None:
        """Makes the session for the inputs' shapes, and its arrays. Inputs start as zeros."""
        shapes = {p.name: s for p, s in zip(self._model.inputs, self._shapes)}
        session = self._model.session(shapes)
        if session is self._session and self._planned(session):
            return
        self._session = session
        ports = [*session.get_inputs(), *session.get_outputs()]
        self._shapes[self._input_count :] = [_fixed(port.shape) for port in session.get_outputs()]
        self._arrays = [np.zeros(shape, port.dtype) for shape, port in zip(self._shapes, ports)]

    def _planned(self, session: InferenceSession) -> bool:
        del session
        return [a.shape for a in self._arrays] == [tuple(s) for s in self._shapes]

    def resize_tensor_input(
        self, input_index: int, tensor_size: Sequence[int], strict: bool = False
    ) -> None:
        """Another shape for an input, from the next `allocate_tensors` on.

        A bundle has the shapes it was compiled for; an ONNX model is compiled for this one.
        """
        self._check(input_index, inputs_only=True)
        declared = self._ports[input_index].shape
        new = [int(n) for n in tensor_size]
        fixed = [(d, n) for d, n in zip(declared, new) if type(d) is int and d != n]
        if len(declared) != len(new) or (strict and fixed):
            raise TensorError(
                f"input {self._ports[input_index].described()} cannot have the shape {new}"
            )
        self._shapes[input_index] = new

    def get_input_details(self) -> list[dict[str, Any]]:
        """One dict per input: name, index, shape, dtype, quantization …, as TFLite has them."""
        return [self._details(i) for i in range(self._input_count)]

    def get_output_details(self) -> list[dict[str, Any]]:
        """One dict per output."""
        return [self._details(i) for i in range(self._input_count, len(self._ports))]

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """One dict per input and output."""
        return [self._details(i) for i in range(len(self._ports))]

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copies an array into an input. Raises TensorError where shape or type differ."""
        target = self._array(tensor_index, inputs_only=True)
        array = np.asarray(value)
        if array.dtype != target.dtype or array.shape != target.shape:
            raise TensorError(
                f"input {self._ports[tensor_index].described()} was given "
                f"{array.dtype.name} {list(array.shape)}"
            )
        np.copyto(target, array)

    def get_tensor(self, tensor_index: int, subgraph_index: int = 0) -> np.ndarray:
        """A copy of an input or output."""
        del subgraph_index
        return self._array(tensor_index).copy()

    def tensor(self, tensor_index: int) -> Callable[[], np.ndarray]:
        """A function that gives the array itself: what `invoke` reads or writes, without a copy."""
        self._check(tensor_index)
        return lambda: self._array(tensor_index)

    def invoke(self) -> None:
        """Runs once. Raises NotAllocatedError before `allocate_tensors`."""
        session = self._allocated()
        names = [port.name for port in session.get_inputs()]
        outputs = session.run(None, dict(zip(names, self._arrays)))
        for target, output in zip(self._arrays[self._input_count :], outputs):
            np.copyto(target, output)

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """The one signature, made of the names of inputs and outputs."""
        return {
            _SIGNATURE: {
                "inputs": [port.name for port in self._model.inputs],
                "outputs": [port.name for port in self._model.outputs],
            }
        }

    def get_signature_runner(self, signature_key: str | None = None) -> SignatureRunner:
        """A function from named inputs to named outputs."""
        if signature_key not in (None, _SIGNATURE):
            raise TensorError(f"there is no signature '{signature_key}', only '{_SIGNATURE}'")
        return SignatureRunner(self)

    def reset_all_variables(self) -> None:
        """Nothing: state is an input and an output here."""

    def _details(self, index: int) -> dict[str, Any]:
        port = self._ports[index]
        scale, zero_point = port.quantization or (0.0, 0)
        scales = [scale] if port.quantization else []
        return {
            "name": port.name,
            "index": index,
            "shape": np.array(self._shapes[index], np.int32),
            "shape_signature": np.array(
                [d if type(d) is int else -1 for d in port.shape], np.int32
            ),
            "dtype": np.dtype(port.dtype).type,
            "quantization": (scale, zero_point),
            "quantization_parameters": {
                "scales": np.array(scales, np.float32),
                "zero_points": np.array([zero_point] * len(scales), np.int32),
                "quantized_dimension": 0,
            },
            "sparsity_parameters": {},
        }

    def _allocated(self) -> InferenceSession:
        if self._session is None or not self._planned(self._session):
            raise NotAllocatedError("call allocate_tensors first")
        return self._session

    def _array(self, index: int, inputs_only: bool = False) -> np.ndarray:
        self._check(index, inputs_only)
        self._allocated()
        return self._arrays[index]

    def _check(self, index: int, inputs_only: bool = False) -> None:
        count = self._input_count if inputs_only else len(self._ports)
        if not 0 <= index < count:
            raise TensorError(
                f"there is no {'input' if inputs_only else 'tensor'} {index}: "
                f"the model has {self._input_count} inputs and {len(self._model.outputs)} outputs"
            )


class SignatureRunner:
    """Calls the model with named inputs: ``runner(image=x)["scores"]``."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def get_input_details(self) -> dict[str, dict[str, Any]]:
        """Details by name."""
        return {d["name"]: d for d in self._interpreter.get_input_details()}

    def get_output_details(self) -> dict[str, dict[str, Any]]:
        """Details by name."""
        return {d["name"]: d for d in self._interpreter.get_output_details()}

    def __call__(self, **inputs: Any) -> dict[str, np.ndarray]:
        details = self.get_input_details()
        if set(inputs) != set(details):
            raise TensorError(f"inputs are {sorted(details)}, given were {sorted(inputs)}")
        for name, value in inputs.items():
            index, shape = details[name]["index"], np.shape(value)
            if tuple(details[name]["shape"]) != shape:
                self._interpreter.resize_tensor_input(index, shape)
        self._interpreter.allocate_tensors()
        for name, value in inputs.items():
            self._interpreter.set_tensor(details[name]["index"], value)
        self._interpreter.invoke()
        return {
            d["name"]: self._interpreter.get_tensor(d["index"])
            for d in self._interpreter.get_output_details()
        }


def _fixed(shape: Sequence[object]) -> list[int]:
    """Open dimensions are 1 until they are resized, as in TFLite."""
    return [dim if type(dim) is int else 1 for dim in shape]
