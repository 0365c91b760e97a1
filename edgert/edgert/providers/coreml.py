"""Core ML through coremltools, on macOS.

A payload is a zip archive, not compressed: an .mlpackage folder, and a list of the ports with their
names in it and their element types and shapes in the program, which may differ: Core ML has no
64-bit integers.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import shutil
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgert._text import reason
from edgert.errors import BundleError, Error, InputError, RuntimeUnavailableError
from edgert.providers import check_options

if TYPE_CHECKING:
    import numpy as np

NAME = "CoreML"
INSTALL = "on macOS: pip install coremltools"
PACKAGE = "model.mlpackage"
PORTS = "ports.json"
# By the names that onnxruntime has for them.
_UNITS = {
    "ALL": "ALL",
    "CPUOnly": "CPU_ONLY",
    "CPUAndGPU": "CPU_AND_GPU",
    "CPUAndNeuralEngine": "CPU_AND_NE",
}
_OPTIONS = ("MLComputeUnits", "ModelCacheDirectory")


def available() -> bool:
    """Whether this is macOS, with coremltools."""
    return sys.platform == "darwin" and importlib.util.find_spec("coremltools") is not None


def open(payload: bytes, options: Mapping[str, Any]) -> Package:  # noqa: A001
    """The package in `payload`, compiled for this machine.

    options: MLComputeUnits; ModelCacheDirectory, where compiled packages are kept, so that a later
    session starts sooner.

    Raises BundleError for a damaged payload, InputError for an unknown option,
    RuntimeUnavailableError where Core ML cannot compile or load the package.
    """
    check_options(NAME, options, _OPTIONS)
    units = options.get("MLComputeUnits", "ALL")
    if units not in _UNITS:
        raise InputError(
            f"MLComputeUnits of provider {NAME} is {units!r}; give one of {', '.join(_UNITS)}"
        )
    cache = options.get("ModelCacheDirectory")
    try:
        if cache is not None:
            os.makedirs(cache, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=".edgert-", dir=cache)
    except OSError as error:
        raise Error(f"provider {NAME} cannot unpack a payload: {reason(error)}") from error
    with contextlib.ExitStack() as on_failure:
        on_failure.callback(shutil.rmtree, folder, ignore_errors=True)
        inputs, outputs = _extract(payload, folder)
        digest = hashlib.sha256(payload).hexdigest()
        native = _loaded(folder, os.path.join(cache or folder, digest), _UNITS[units])
        package = Package(native, inputs, outputs)
        on_failure.pop_all()
    # Not before: Core ML may map its files.
    weakref.finalize(package, shutil.rmtree, folder, ignore_errors=True)
    return package


class Package:
    """One payload, ready to run.

    Attributes:
        inputs, outputs: shape and numpy's name of the element type of each port, in order.
    """

    def __init__(self, native: Any, inputs: Sequence[_Port], outputs: Sequence[_Port]) -> None:
        self._native = native
        self._names = [port.name for port in inputs], [port.name for port in outputs]
        self.inputs, self.outputs = ([port.form for port in ports] for ports in (inputs, outputs))

    def run(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> None:
        """Runs once; the results are copied into `outputs`.

        Raises InputError for integers that do not fit into Core ML's.
        """
        names, results = self._names
        feed = {name: _converted(name, array) for name, array in zip(names, inputs)}
        found = self._native.predict(feed)
        for name, array in zip(results, outputs):
            array[...] = found[name]


class _Port:
    def __init__(self, described: Any) -> None:
        name, dtype, shape = described
        self.name = str(name)
        self.form = tuple(map(int, shape)), str(dtype)


def _extract(payload: bytes, folder: str) -> tuple[list[_Port], list[_Port]]:
    """Unpacks the archive; its inputs and outputs.

    Raises BundleError where it is damaged, Error where it cannot be written.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > len(payload):
                raise ValueError("it is compressed")
            archive.extractall(folder)  # drops what would lead out of the folder
            ports = json.loads(archive.read(PORTS))
        return [_Port(port) for port in ports["inputs"]], [_Port(port) for port in ports["outputs"]]
    except OSError as error:
        raise Error(f"provider {NAME} cannot unpack a payload: {reason(error)}") from error
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{NAME} does not take a payload of the bundle: {error}") from error


def _loaded(folder: str, stem: str, units: str) -> Any:
    """The package in `folder` as Core ML has it for this machine, from STEM.mlmodelc if it exists.

    Raises RuntimeUnavailableError where Core ML refuses it.
    """
    compiled = f"{stem}.mlmodelc"
    try:
        import coremltools
        from coremltools.models import CompiledMLModel
        from coremltools.models.utils import compile_model

        if not os.path.isdir(compiled):
            fresh = compile_model(f"{folder}/{PACKAGE}", f"{folder}/fresh.mlmodelc")
            with contextlib.suppress(FileExistsError):  # another process was quicker
                os.rename(fresh, compiled)
        return CompiledMLModel(compiled, getattr(coremltools.ComputeUnit, units))
    except Exception as error:  # coremltools raises bare Exceptions
        raise RuntimeUnavailableError(
            f"Core ML of this machine does not run a partition of the bundle: {error}"
        ) from error


def _converted(name: str, array: np.ndarray) -> np.ndarray:
    """An input in an element type that Core ML has: float32 or int32."""
    import numpy as np

    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    limits = np.iinfo(np.int32)
    if array.dtype.itemsize > 4 and (array.min() < limits.min or array.max() > limits.max):
        raise InputError(f"'{name}' has numbers beyond 32 bits, which Core ML does not compute")
    return array.astype(np.int32, copy=False)
