"""Running bundles: `InferenceSession`, as in onnxruntime."""

from __future__ import annotations

from _thread import allocate_lock  # threading.Lock, without all that `threading` imports
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from operator import index
from typing import TYPE_CHECKING, Any

from edgert import _core
from edgert._abi import ALL_PROGRAMS
from edgert.errors import Error, InputError

if TYPE_CHECKING:
    import os

    import numpy as np
    import numpy.typing as npt

    from edgert import delegated
    from edgert._arrays import ArrayPort
    from edgert._images import ImageLike
    from edgert._introspection import TensorInfo
    from edgert.delegated import Partition, ProviderChoice
    from edgert.preprocess import Preprocess
    from edgert.profile import Profile

# What onnxruntime calls the element types, by numpy's name.
_ONNX_TYPES = {
    "float32": "float",
    "float64": "double",
    "float8_e4m3fn": "float8e4m3fn",
    "float8_e4m3fnuz": "float8e4m3fnuz",
    "float8_e5m2": "float8e5m2",
    "float8_e5m2fnuz": "float8e5m2fnuz",
    "float8_e8m0fnu": "float8e8m0",
    "float4_e2m1fn": "float4e2m1",
}


class NodeArg:
    """An input or output of a session.

    Attributes:
        name: as in the ONNX model.
        shape: list of int, in ONNX order; None where the bundle was compiled for several sizes, and
            where the size of an output depends on data.
        max_shape: the same with the largest size that an output can have.
        dtype: numpy's name of the element type, e.g. "float32".
        type: as onnxruntime prints it, e.g. "tensor(float)".
        quantization: (scale, zero point) of 8-bit numbers, real = (stored - zero point) * scale;
            None where numbers are what they mean.
    """

    __slots__ = ("dtype", "max_shape", "name", "quantization", "shape", "sizes", "type")

    def __init__(
        self,
        name: str,
        dtype: str,
        shape: Sequence[int | None],
        sizes: Mapping[int, int] | None = None,
        quantization: tuple[float, int] | None = None,
    ) -> None:
        self.name = name
        self.quantization = quantization
        self.dtype = dtype
        self.sizes = dict(sizes or {})  # axis: number of the native output that tells the size
        self.max_shape = list(shape)
        self.shape = [None if i in self.sizes else dim for i, dim in enumerate(shape)]
        self.type = f"tensor({_ONNX_TYPES.get(dtype, dtype)})"

    def static_shape(self) -> tuple[int, ...]:
        """The shape, where every dimension is known; the largest of an output."""
        return tuple(dim for dim in self.max_shape if dim is not None)

    def described(self) -> str:
        """For error messages."""
        return f"{self.name!r} ({self.dtype} {self.shape})"

    def __repr__(self) -> str:
        return f"NodeArg(name={self.name!r}, type={self.type!r}, shape={self.shape})"


class _Program:
    """The inputs and outputs of one program, as arrays from the first run on."""

    __slots__ = ("arrays", "inputs", "native_outputs", "outputs")

    def __init__(self, inputs: Sequence[_core.PortInfo], outputs: Sequence[_core.PortInfo]) -> None:
        self.inputs = [NodeArg(*port) for port in inputs]
        # Behind the model's own outputs come those that tell sizes.
        self.native_outputs = [NodeArg(*port) for port in outputs]
        tellers = {teller for port in self.native_outputs for teller in port.sizes.values()}
        self.outputs = [p for i, p in enumerate(self.native_outputs) if i not in tellers]
        self.arrays: tuple[list[ArrayPort], list[ArrayPort]] | None = None

    def array_ports(self) -> tuple[list[ArrayPort], list[ArrayPort]]:
        if self.arrays is None:
            from edgert._arrays import ArrayPort

            self.arrays = (
                [ArrayPort(port) for port in self.inputs],
                [ArrayPort(port) for port in self.native_outputs],
            )
        return self.arrays

    def trimmed(self, outputs: list[np.ndarray]) -> list[np.ndarray]:
        """The model's own outputs, each as large as the run told."""
        if len(outputs) == len(self.outputs):
            return outputs
        from edgert._arrays import trimmed

        return [trimmed(port, array, outputs) for port, array in zip(self.outputs, outputs)]

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        return tuple(port.static_shape() for port in self.inputs)


class InferenceSession:
    """A bundle, ready to run.

    A bundle compiled for several input shapes has a program for each; `run` takes the one that fits
    the arrays. Declared state is kept from run to run; see `get_state`.

    Sessions are independent of each other. One session may be used from several threads: runs then
    wait for each other.

    >>> session = edgert.InferenceSession("model.edgert")
    >>> [scores] = session.run(None, {"image": image})
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | bytes,
        num_threads: int | None = None,
        *,
        verify_checksum: bool = True,
        program: int | None = None,
        providers: Sequence[ProviderChoice] | None = None,
        provider_options: Sequence[Mapping[str, Any]] | None = None,
        strict: bool = False,
        delegate: str = "always",
    ) -> None:
        """Loads `bundle`, a path or bytes.

        num_threads: None follows EDGERT_NUM_THREADS, CPU affinity and the control group's quota.
        verify_checksum: False saves reading the whole file; everything else is still validated.
        program: the only one to bind, where the bundle was compiled for several input shapes; None
            binds all, in one arena.
        providers: what may compute partitions of the bundle, best first: "TFLite", "CPU", or
            (name, options); None is the CPU alone. What is missing is passed over with a warning,
            or is an Error where `strict`.
        provider_options: options for each of `providers`, as in onnxruntime.
        delegate: "auto" measures each partition in the first run and keeps what is faster, the
            provider or the CPU; `providers` are then by default all that are available and that the
            bundle has partitions for.

        Raises BundleError where the bundle is missing, damaged or made for another runtime.
        """
        if num_threads is not None and not _is_count(num_threads, 1):
            raise InputError(
                f"num_threads is {num_threads!r}; give a whole number of at least 1, or None"
            )
        self._lock = allocate_lock()
        self._model = _core.Model(bundle, verify_checksum)
        in_memory = isinstance(bundle, (bytes, bytearray, memoryview))
        self._source = f"{_size(memoryview(bundle).nbytes)}" if in_memory else repr(str(bundle))  # type: ignore[arg-type]
        if program is None:
            program = ALL_PROGRAMS
        elif not _is_count(program, 0):
            raise InputError(f"program is {program!r}; give its number, or None for all")
        self._delegated: delegated.Session | None = None
        if (providers is not None or delegate != "always") and program in (ALL_PROGRAMS, 0):
            from edgert import delegated

            self._delegated = delegated.open_session(
                self._model, num_threads, providers, provider_options, strict, delegate
            )
        self._native: _core.Session | None = self._delegated or _core.Session(
            self._model, program, num_threads
        )
        self._programs = [_Program(*ports) for ports in self._native.programs]
        self._by_shapes = {p.shapes(): i for i, p in reversed(list(enumerate(self._programs)))}
        self._inputs = _merged([program.inputs for program in self._programs])
        self._outputs = _merged([program.outputs for program in self._programs])
        self._output_indices = {port.name: i for i, port in enumerate(self._outputs)}

    def get_inputs(self) -> list[NodeArg]:
        """The inputs, in the order of the ONNX model."""
        return list(self._inputs)

    def get_outputs(self) -> list[NodeArg]:
        """The outputs, in the order of the ONNX model."""
        return list(self._outputs)

    @property
    def planned_shapes(self) -> list[dict[str, tuple[int, ...]]]:
        """The input shapes that the bundle was compiled for, by name: one dict for each set."""
        return [
            {port.name: shape for port, shape in zip(program.inputs, program.shapes())}
            for program in self._programs
        ]

    def run(
        self,
        output_names: Sequence[str] | None,
        input_feed: Mapping[str, npt.ArrayLike],
        run_options: object = None,
    ) -> list[np.ndarray]:
        """Runs once.

        output_names: which outputs to return, in which order; None returns all.
        input_feed: an array for each input, of its shape and element type.

        Raises InputError where a name, shape or element type is wrong; it lists what is expected.
        """
        wanted = None if output_names is None else self._wanted_outputs(output_names)
        program, inputs, outputs = self._bound_arrays(input_feed)
        with self._lock:
            self._run_native(program, inputs, outputs)
        outputs = self._programs[program].trimmed(outputs)
        return outputs if wanted is None else [outputs[i] for i in wanted]

    def profile(self, input_feed: Mapping[str, npt.ArrayLike]) -> Profile:
        """Runs once and gives the time of each kernel call, in order of execution.

        A list of calls (name, kernel, nanoseconds) that sums up by kernel and shows itself in
        notebooks; see `edgert.profile.Profile`.
        """
        from edgert import _introspection
        from edgert.profile import Profile

        program, inputs, outputs = self._bound_arrays(input_feed)
        with self._lock:
            native = self._open_session()
            if self._delegated is not None:
                return Profile(self._delegated.profile(*map(_addresses, (inputs, outputs))))
            native.select(program)
            return Profile(
                _introspection.profile(native, lambda: self._run_native(program, inputs, outputs))
            )

    def get_providers(self) -> list[str]:
        """The providers that the session uses, in order of preference."""
        return ["CPU"] if self._delegated is None else list(self._delegated.providers)

    def get_partitions(self) -> list[Partition]:
        """The parts of the model in order of execution, and what computes each of them."""
        from edgert import delegated

        native = self._open_session()
        return delegated.whole(native) if self._delegated is None else self._delegated.partitions()

    def get_state(self) -> dict[str, np.ndarray]:
        """Copies of the declared states, by name of the input that the model reads them from."""
        with self._lock:
            return {name: view.copy() for name, view in self._state_views().items()}

    def set_state(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Replaces the contents of declared states; those that are not named keep theirs.

        Raises InputError for a name that is no state, a wrong shape or element type; then nothing
        is replaced.
        """
        from edgert._arrays import ArrayPort

        with self._lock:
            views = self._state_views()
            unknown = [name for name in state if name not in views]
            if unknown:
                known = ", ".join(map(repr, views)) or "none"
                guess = _did_you_mean(str(unknown[0]), views)
                raise InputError(f"there is no state {_quoted(unknown)}; states: {known}{guess}")
            ports = {n: NodeArg(n, v.dtype.name, v.shape) for n, v in views.items()}
            arrays = {n: ArrayPort(ports[n]).checked(value) for n, value in state.items()}
            for name, array in arrays.items():
                views[name][...] = array

    def reset_state(self) -> None:
        """Lets every declared state start again: at zero, or at the initial value that it has."""
        with self._lock:
            self._open_session().reset_state()

    def _state_views(self) -> dict[str, np.ndarray]:
        from edgert._arrays import view

        states = self._open_session().states()
        return {name: view(address, dtype, shape) for (name, dtype, shape, *_), address in states}

    def tensors(self) -> list[TensorInfo]:
        """The tensors inside of the program, for debugging; `read_tensor` gives their contents.

        Where there are several programs, of the one that ran last.
        """
        from edgert import _introspection

        with self._lock:
            return _introspection.tensors(self._open_session())

    def read_tensor(self, tensor: int | str) -> np.ndarray:
        """A copy of a tensor's contents after the last run, in physical order.

        tensor: its index in `tensors()`, or its name, which is that of the ONNX value where one has
        been kept; of several with one name the first is meant.

        Tensors share memory: what a later call has overwritten is gone, unless the bundle was
        compiled with `keep_intermediates=True` (`edgert compile --keep-intermediates`). Raises
        InputError for what is no tensor, and for inputs and outputs, which live in the caller's
        arrays.
        """
        from edgert import _introspection

        with self._lock:
            found = _found(tensor, _introspection.tensors(self._open_session()))
            if not found.address:
                raise InputError(
                    f"tensor {tensor!r} is an input or output: its data is the caller's"
                )
            return found.copy()

    def preprocess(
        self, image: ImageLike, name: str | None = None, pixel_format: str | None = None
    ) -> np.ndarray:
        """An input from an image, as the bundle declares it: of the input's shape and type.

        image: path, PIL image, or uint8 array [H, W] or [H, W, C].
        name: of the input; None: the first that the declaration fits.
        pixel_format: what the channels of an array are: "rgb", "bgr" (OpenCV), "gray", "rgba" or
            "bgra". None: "rgb" where there are three, "gray" of one for a gray model.

        Where the bundle was compiled for several input shapes, of the first one.

        Raises InputError where the bundle declares no preprocessing, and for images that
        `edgert.preprocess.Preprocess.apply` refuses.
        """
        from edgert._arrays import stored
        from edgert.preprocess import Preprocess

        text = self._model.metadata("preprocessing")
        if not text:
            raise InputError(
                "the bundle declares no preprocessing: compile it with --preprocess, or give arrays"
            )
        declared = Preprocess.from_json(text)
        port, bound = self._image_input(declared, name)
        array = bound.apply(image, pixel_format)
        return array if bound.dtype else stored(array, port.dtype, port.quantization)

    def _image_input(self, declared: Preprocess, name: str | None) -> tuple[NodeArg, Preprocess]:
        """An input, by default the first that takes images, and what makes them for it."""
        shapes, dtype = self.planned_shapes[0], declared.dtype or "float32"
        if name is not None or len(self._inputs) == 1:
            port = self._input(name)
            return port, declared.for_shape(shapes[port.name], dtype)
        problem: InputError | None = None
        for port in self._inputs:
            try:
                return port, declared.for_shape(shapes[port.name], dtype)
            except InputError as error:
                problem = problem or error
        raise problem or InputError("the model has no inputs")

    @property
    def num_threads(self) -> int:
        """Threads that run it, the caller's included."""
        return self._open_session().threads

    @property
    def memory_bytes(self) -> int:
        """Bytes of working memory, beside the mapped bundle."""
        return self._open_session().memory

    @property
    def isa(self) -> str:
        """The instruction set that the kernels were chosen for."""
        return _core.isa()

    @property
    def labels(self) -> list[str]:
        """Class names, where the bundle has them."""
        return self._model.labels()

    def metadata(self, key: str) -> str | None:
        """An entry of the bundle's provenance, "target" or "preprocessing"; None where absent."""
        return self._model.metadata(key)

    @property
    def model_properties(self) -> dict[str, str]:
        """The ONNX model's own metadata: class names, strides and the like, as exporters write."""
        from json import loads

        return dict(loads(self.metadata("model_properties") or "{}"))

    def close(self) -> None:
        """Frees memory and threads now. The session cannot be used after."""
        with self._lock:
            self._native = self._delegated = None

    def __repr__(self) -> str:
        """What it runs, and what goes in and comes out."""
        if self._native is None:
            return f"<InferenceSession of {self._source}, closed>"
        return (
            f"<InferenceSession of {self._source}: {_listed(self._inputs)} -> "
            f"{_listed(self._outputs)}; {self.isa}, {self.num_threads} threads, "
            f"{_size(self.memory_bytes)} working memory>"
        )

    def _repr_html_(self) -> str:
        """The same as a table."""
        from edgert._html import html_table

        ports = [("input", port) for port in self._inputs]
        ports += [("output", port) for port in self._outputs]
        rows = [(kind, port.name, port.dtype, port.shape) for kind, port in ports]
        facts = "closed"
        if self._native is not None:
            facts = f"{self.isa}, {self.num_threads} threads, {_size(self.memory_bytes)}"
        return html_table(rows, ("", "name", "type", "shape"), f"{self._source}: {facts}")

    def __enter__(self) -> InferenceSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_session(self) -> _core.Session:
        if self._native is None:
            raise Error("the session is closed")
        return self._native

    def _run_native(
        self, program: int, inputs: list[np.ndarray], outputs: list[np.ndarray]
    ) -> None:
        native = self._open_session()
        if len(self._programs) > 1:
            native.select(program)
        native.run(_addresses(inputs), _addresses(outputs))

    def _wanted_outputs(self, names: Sequence[str]) -> list[int]:
        if isinstance(names, str):
            names = [names]
        unknown = [name for name in names if name not in self._output_indices]
        if unknown:
            raise InputError(
                f"there is no output {_quoted(unknown)}; outputs: {_listed(self._outputs)}"
                f"{_did_you_mean(str(unknown[0]), self._output_indices)}"
            )
        return [self._output_indices[name] for name in names]

    def _input(self, name: str | None) -> NodeArg:
        if name is None and len(self._inputs) == 1:
            return self._inputs[0]
        for port in self._inputs:
            if port.name == name:
                return port
        guess = _did_you_mean(str(name), [port.name for port in self._inputs])
        raise InputError(f"there is no input {name!r}; inputs: {_listed(self._inputs)}{guess}")

    def _bound_arrays(
        self, feed: Mapping[str, npt.ArrayLike]
    ) -> tuple[int, list[np.ndarray], list[np.ndarray]]:
        """The program to run, its checked inputs and new outputs, in the order of the ports."""
        if not isinstance(feed, Mapping) or len(feed) != len(self._inputs):
            raise self._wrong_names(feed)
        try:
            given = [feed[port.name] for port in self._inputs]
        except KeyError:
            raise self._wrong_names(feed) from None
        program = self._program_for(given) if len(self._programs) > 1 else 0
        inputs, outputs = self._programs[program].array_ports()
        return (
            program,
            [port.checked(value) for port, value in zip(inputs, given)],
            [port.new() for port in outputs],
        )

    def _program_for(self, given: Sequence[npt.ArrayLike]) -> int:
        """The program that was compiled for the shapes of these inputs."""
        from edgert._arrays import shape_of

        shapes = tuple(map(shape_of, given))
        program = self._by_shapes.get(shapes)
        if program is None:
            asked = _shapes_text(dict(zip((port.name for port in self._inputs), shapes)))
            planned = " or ".join(map(_shapes_text, self.planned_shapes))
            raise InputError(
                f"the bundle was compiled for {planned}, not for {asked}; compile it with "
                "--input-shape for these shapes too"
            )
        return program

    def _wrong_names(self, feed: object) -> InputError:
        expected = f"inputs: {_listed(self._inputs)}"
        if not isinstance(feed, Mapping):
            return InputError(
                f"inputs are given as a dict of arrays by name, not as {type(feed).__name__}; "
                f"{expected}"
            )
        names = [port.name for port in self._inputs]
        unknown = [name for name in feed if name not in names]
        missing = [name for name in names if name not in feed]
        problems = [f"there is no input {_quoted(unknown)}"] if unknown else []
        problems += [f"input {_quoted(missing)} is missing"] if missing else []
        guess = _did_you_mean(str(unknown[0]), missing) if unknown else ""
        return InputError(f"{' and '.join(problems)}; {expected}{guess}")


def _found(tensor: int | str, tensors: Sequence[TensorInfo]) -> TensorInfo:
    """The tensor of that index or name. Raises InputError where there is none."""
    if isinstance(tensor, str):
        for candidate in tensors:
            if candidate.name == tensor:
                return candidate
        guess = _did_you_mean(tensor, [candidate.name for candidate in tensors])
        raise InputError(f"there is no tensor {tensor!r}{guess or '; tensors() lists them'}")
    if not 0 <= tensor < len(tensors):
        raise InputError(f"there is no tensor {tensor}: the program has {len(tensors)}")
    return tensors[tensor]


def _merged(programs: Sequence[Sequence[NodeArg]]) -> list[NodeArg]:
    """The ports of all programs as one; dimensions are None where they differ."""
    if len(programs) == 1:
        return list(programs[0])
    return [
        NodeArg(
            ports[0].name,
            ports[0].dtype,
            [_same(d) for d in zip_longest(*_shapes(ports))],
            quantization=ports[0].quantization,
        )
        for ports in zip(*programs)
    ]


def _shapes(ports: Sequence[NodeArg]) -> list[list[int | None]]:
    return [port.shape for port in ports]


def _same(dims: Sequence[int | None]) -> int | None:
    return dims[0] if len(set(dims)) == 1 else None


def _addresses(arrays: Sequence[np.ndarray]) -> list[int]:
    return [array.__array_interface__["data"][0] for array in arrays]


def _shapes_text(shapes: Mapping[str, Sequence[int]]) -> str:
    """For error messages: 'x' [1, 3], 'y' [2]."""
    return ", ".join(f"{name!r} {list(shape)}" for name, shape in shapes.items())


def _listed(ports: Sequence[NodeArg]) -> str:
    return ", ".join(port.described() for port in ports) or "none"


# _text is for messages, so that it is not imported on the way to the first run.


def _size(nbytes: float) -> str:
    from edgert._text import size

    return size(nbytes)


def _is_count(number: object, least: int) -> bool:
    """Whether it is a whole number that the C interface's 32 bits hold; of numpy, too."""
    try:
        return least <= index(number) < 1 << 31  # type: ignore[arg-type]
    except TypeError:
        return False


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    from edgert._text import did_you_mean

    return did_you_mean(name, known)


def _quoted(names: Sequence[object]) -> str:
    return ", ".join(repr(name) for name in names)
