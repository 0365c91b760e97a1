"""`onnxruntime` on top of edgert: the part that programs for inference use.

>>> import edgert.compat.onnxruntime as ort
>>> session = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
>>> [scores] = session.run(None, {"input": x})

Providers compute the partitions that a bundle has for them. What is not available is passed over
with a warning, as onnxruntime does with those it was not built with. Options that tune
onnxruntime's own engine are kept and have no effect.
"""

from __future__ import annotations

import ctypes
import math
import os
import warnings
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np

import edgert
from edgert._arrays import made
from edgert.compat._models import Model, open_model
from edgert.errors import InputError
from edgert.session import InferenceSession as _Session
from edgert.session import NodeArg

__all__ = [
    "ExecutionMode",
    "ExecutionOrder",
    "GraphOptimizationLevel",
    "IOBinding",
    "InferenceSession",
    "ModelMetadata",
    "NodeArg",
    "OrtValue",
    "RunOptions",
    "SessionOptions",
    "get_all_providers",
    "get_available_providers",
    "get_device",
    "set_default_logger_severity",
    "set_seed",
]

_SUFFIX = "ExecutionProvider"
_CPU = f"CPU{_SUFFIX}"
_PRECISION = "edgert.precision"


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return edgert.__version__
    raise AttributeError(f"edgert.compat.onnxruntime has no {name!r}; see docs/compatibility.md")


def get_available_providers() -> list[str]:
    """Those of `edgert.get_available_providers`, by onnxruntime's names; the CPU's is the last."""
    return [f"{name}{_SUFFIX}" for name in edgert.get_available_providers()]


get_all_providers = get_available_providers


def get_device() -> str:
    """ "CPU"."""
    return "CPU"


def set_default_logger_severity(severity: int) -> None:
    """Has no effect: edgert logs nothing by default; EDGERT_LOG turns it on."""


def set_seed(seed: int) -> None:
    """Has no effect: nothing here is random."""


class GraphOptimizationLevel(Enum):
    """Kept in SessionOptions; models are always optimized, when they are compiled."""

    ORT_DISABLE_ALL = 0
    ORT_ENABLE_BASIC = 1
    ORT_ENABLE_EXTENDED = 2
    ORT_ENABLE_LAYOUT = 3
    ORT_ENABLE_ALL = 99


class ExecutionMode(Enum):
    """Kept in SessionOptions; calls run one after the other, each on all threads."""

    ORT_SEQUENTIAL = 0
    ORT_PARALLEL = 1


class ExecutionOrder(Enum):
    """Kept in SessionOptions; the order of calls is chosen when compiling."""

    DEFAULT = 0
    PRIORITY_BASED = 1
    MEMORY_EFFICIENT = 2


class SessionOptions:
    """Of these, `intra_op_num_threads` and the entry "edgert.precision" have an effect.

    >>> options = SessionOptions()
    >>> options.intra_op_num_threads = 2
    >>> options.add_session_config_entry("edgert.precision", "int8")
    """

    def __init__(self) -> None:
        self.intra_op_num_threads = 0
        self.inter_op_num_threads = 0
        self.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
        self.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        self.execution_order = ExecutionOrder.DEFAULT
        self.enable_cpu_mem_arena = True
        self.enable_mem_pattern = True
        self.enable_mem_reuse = True
        self.enable_profiling = False
        self.profile_file_prefix = "onnxruntime_profile_"
        self.use_per_session_threads = True
        self.log_severity_level = 2
        self.log_verbosity_level = 0
        self.logid = ""
        self.optimized_model_filepath = ""
        self.use_deterministic_compute = False
        self._entries: dict[str, str] = {}

    def add_session_config_entry(self, key: str, value: str) -> None:
        """Keeps an entry."""
        self._entries[key] = value

    def get_session_config_entry(self, key: str) -> str:
        """An entry. Raises InputError where there is none."""
        return _entry(self._entries, key)

    def add_free_dimension_override_by_name(self, name: str, size: int) -> None:
        """Has no effect: open dimensions are compiled for the sizes that a run brings."""

    add_free_dimension_override_by_denotation = add_free_dimension_override_by_name

    def register_custom_ops_library(self, path: str) -> None:
        """Raises InputError: such libraries are made for onnxruntime's own engine."""
        raise InputError(f"cannot register {path}: edgert has no custom operators")

    @property
    def precision(self) -> str | None:
        """What `edgert.compile` is told."""
        return self._entries.get(_PRECISION)


class RunOptions:
    """Has no effect."""

    def __init__(self) -> None:
        self.log_severity_level = 2
        self.log_verbosity_level = 0
        self.logid = ""
        self.terminate = False
        self.training_mode = False
        self.only_execute_path_to_fetches = False
        self._entries: dict[str, str] = {}

    def add_run_config_entry(self, key: str, value: str) -> None:
        """Keeps an entry."""
        self._entries[key] = value

    def get_run_config_entry(self, key: str) -> str:
        """An entry. Raises InputError where there is none."""
        return _entry(self._entries, key)


class ModelMetadata:
    """What a model says about itself.

    Attributes:
        custom_metadata_map: the ONNX model's own properties.
    """

    def __init__(self, session: _Session | None) -> None:
        def entry(key: str) -> str:
            return (session.metadata(key) if session else None) or ""

        self.producer_name = entry("producer")
        self.graph_name = entry("model")
        self.domain = ""
        self.description = ""
        self.graph_description = ""
        self.version = 0
        self.custom_metadata_map = session.model_properties if session else {}


class OrtValue:
    """A tensor in the CPU's memory."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    @staticmethod
    def ortvalue_from_numpy(array: np.ndarray, device_type: str = "cpu", *_: object) -> OrtValue:
        """A copy of an array."""
        _require_cpu(device_type)
        return OrtValue(np.array(array, order="C"))

    @staticmethod
    def ortvalue_from_shape_and_type(
        shape: Sequence[int], element_type: Any, device_type: str = "cpu", *_: object
    ) -> OrtValue:
        """A tensor without meaningful contents."""
        _require_cpu(device_type)
        return OrtValue(np.empty(tuple(shape), element_type))

    def numpy(self) -> np.ndarray:
        """The array."""
        return self._array

    def shape(self) -> list[int]:
        """The dimensions."""
        return list(self._array.shape)

    def element_type(self) -> Any:
        """The number of the element type in ONNX's enumeration."""
        import onnx

        return onnx.helper.np_dtype_to_tensor_dtype(self._array.dtype)

    def data_type(self) -> str:
        """The element type as onnxruntime prints it: "tensor(float)"."""
        return NodeArg("", self._array.dtype.name, ()).type

    def data_ptr(self) -> int:
        """The address."""
        return int(self._array.ctypes.data)

    def device_name(self) -> str:
        """ "cpu"."""
        return "cpu"

    def is_tensor(self) -> bool:
        """True."""
        return True

    has_value = is_tensor

    def update_inplace(self, array: np.ndarray) -> None:
        """New contents."""
        np.copyto(self._array, array)


class InferenceSession:
    """A bundle or an ONNX model, ready to run."""

    def __init__(
        self,
        path_or_bytes: str | os.PathLike[str] | bytes,
        sess_options: SessionOptions | None = None,
        providers: Sequence[str | tuple[str, Mapping[str, Any]]] | None = None,
        provider_options: Sequence[Mapping[str, Any]] | None = None,
        **_: Any,
    ) -> None:
        """Opens a model, see `edgert.compat`."""
        self._options = sess_options or SessionOptions()
        self._providers = _available(providers or (), provider_options or ())
        self._model: Model = open_model(
            path_or_bytes,
            self._options.intra_op_num_threads or None,
            self._options.precision,
            self._providers,
        )
        self._last: _Session | None = None

    def get_inputs(self) -> list[NodeArg]:
        """The inputs; open dimensions are names or None."""
        return list(self._model.inputs)

    def get_outputs(self) -> list[NodeArg]:
        """The outputs."""
        return list(self._model.outputs)

    def get_overridable_initializers(self) -> list[NodeArg]:
        """None: initializers are constants of the bundle."""
        return []

    def get_providers(self) -> list[str]:
        """Those that compute a part of the model, and the CPU's."""
        session = self._any_session()
        return [f"{name}{_SUFFIX}" for name in session.get_providers()] if session else [_CPU]

    def set_providers(self, providers: Sequence[Any] | None = None, *_: object) -> None:
        """Has no effect: they are chosen when the session is made."""

    def get_provider_options(self) -> dict[str, dict[str, str]]:
        """As given."""
        return {**{name: dict(options) for name, options in self._providers}, _CPU: {}}

    def get_session_options(self) -> SessionOptions:
        """As given."""
        return self._options

    def get_modelmeta(self) -> ModelMetadata:
        """What the model says about itself."""
        return ModelMetadata(self._any_session())

    def disable_fallback(self) -> None:
        """Has no effect: there is nothing to fall back to."""

    def enable_fallback(self) -> None:
        """Has no effect: there is nothing to fall back to."""

    def run(
        self,
        output_names: Sequence[str] | None,
        input_feed: Mapping[str, Any],
        run_options: RunOptions | None = None,
    ) -> list[np.ndarray]:
        """Runs once; outputs in the order of `output_names`, or all."""
        ports = {port.name: port for port in self._model.inputs}
        feed = {name: _array(value, ports.get(name)) for name, value in input_feed.items()}
        self._last = self._model.session({name: a.shape for name, a in feed.items()})
        return self._last.run(output_names or None, feed)

    def run_with_ort_values(
        self,
        output_names: Sequence[str] | None,
        input_dict_ort_values: Mapping[str, OrtValue],
        run_options: RunOptions | None = None,
    ) -> list[OrtValue]:
        """Runs once, with OrtValues."""
        return [OrtValue(a) for a in self.run(output_names, input_dict_ort_values, run_options)]

    def io_binding(self) -> IOBinding:
        """Arrays that are bound to inputs and outputs."""
        return IOBinding(self)

    def run_with_iobinding(
        self, iobinding: IOBinding, run_options: RunOptions | None = None
    ) -> None:
        """Runs once, from and to the bound arrays."""
        iobinding.run(run_options)

    def end_profiling(self) -> str:
        """Raises InputError: `edgert bench` and `edgert.InferenceSession.profile` do this here."""
        raise InputError("there is no profile file; use edgert.InferenceSession.profile")

    def _any_session(self) -> _Session | None:
        """A session of the model: a bundle's own, an open model's last."""
        if self._last is None and all(
            type(dim) is int for port in self._model.inputs for dim in port.shape
        ):
            self._last = self._model.session({})
        return self._last


class IOBinding:
    """Arrays for the inputs and outputs of a session."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._inputs: dict[str, Any] = {}
        self._outputs: dict[str, OrtValue | None] = {}
        self._results: list[OrtValue] = []

    def bind_cpu_input(self, name: str, arr_on_cpu: np.ndarray) -> None:
        """An array as input."""
        self._inputs[name] = arr_on_cpu

    def bind_input(
        self,
        name: str,
        device_type: str,
        device_id: int,
        element_type: Any,
        shape: Sequence[int],
        buffer_ptr: int,
    ) -> None:
        """An input that is at an address in memory."""
        _require_cpu(device_type)
        self._inputs[name] = _array_at(buffer_ptr, shape, element_type)

    def bind_ortvalue_input(self, name: str, ortvalue: OrtValue) -> None:
        """An OrtValue as input."""
        self._inputs[name] = ortvalue

    def bind_output(
        self,
        name: str,
        device_type: str = "cpu",
        device_id: int = 0,
        element_type: Any = None,
        shape: Sequence[int] | None = None,
        buffer_ptr: int | None = None,
    ) -> None:
        """An output that is allocated by the run, or written to an address in memory."""
        _require_cpu(device_type)
        self._outputs[name] = None
        if buffer_ptr is not None and shape is not None:
            self._outputs[name] = OrtValue(_array_at(buffer_ptr, shape, element_type))

    def bind_ortvalue_output(self, name: str, ortvalue: OrtValue) -> None:
        """An output that is written to an OrtValue."""
        self._outputs[name] = ortvalue

    def clear_binding_inputs(self) -> None:
        """Forgets the inputs."""
        self._inputs.clear()

    def clear_binding_outputs(self) -> None:
        """Forgets the outputs."""
        self._outputs.clear()

    def synchronize_inputs(self) -> None:
        """Has no effect on the CPU."""

    def synchronize_outputs(self) -> None:
        """Has no effect on the CPU."""

    def run(self, run_options: RunOptions | None = None) -> None:
        """Runs once; called by the session."""
        arrays = self._session.run(list(self._outputs), self._inputs, run_options)
        self._results = []
        for bound, array in zip(self._outputs.values(), arrays):
            if bound is not None:
                bound.update_inplace(array)
            self._results.append(bound or OrtValue(array))

    def get_outputs(self) -> list[OrtValue]:
        """Of the last run, in the order in which they were bound."""
        return list(self._results)

    def copy_outputs_to_cpu(self) -> list[np.ndarray]:
        """Of the last run, in the order in which they were bound."""
        return [value.numpy() for value in self._results]


def _available(
    providers: Sequence[str | tuple[str, Mapping[str, Any]]],
    provider_options: Sequence[Mapping[str, Any]],
) -> list[tuple[str, Mapping[str, Any]]]:
    """Those that are available, with their options, without the CPU's; warns of the others."""
    asked = [choice if isinstance(choice, tuple) else (choice, {}) for choice in providers]
    others = {name: dict(options) for name, options in asked if name != _CPU}
    for (name, _), options in zip(asked, provider_options):
        if name in others:
            others[name].update(options)
    available = get_available_providers() if others else []
    for name in others:
        if name not in available:
            warnings.warn(
                f"'{name}' is not available; available: {', '.join(available)}",
                UserWarning,
                stacklevel=3,
            )
    return [(name, options) for name, options in others.items() if name in available]


def _entry(entries: Mapping[str, str], key: str) -> str:
    if key not in entries:
        raise InputError(f"there is no config entry '{key}'")
    return entries[key]


def _array(value: Any, port: NodeArg | None) -> Any:
    """The array; lists and numbers become one of the input's element type."""
    if isinstance(value, OrtValue):
        return value.numpy()
    if port is None or isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    return made(value, port)


def _array_at(address: int, shape: Sequence[int], element_type: Any) -> np.ndarray:
    """The array whose contents begin at an address."""
    array = np.empty(0, element_type)
    size = math.prod(shape) * array.itemsize
    memory = (ctypes.c_char * size).from_address(address)
    return np.frombuffer(memoryview(memory), array.dtype).reshape(tuple(shape))


def _require_cpu(device_type: str) -> None:
    if device_type != "cpu":
        raise InputError(f"there is no device '{device_type}', only 'cpu'")
