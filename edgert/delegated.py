"""Sessions in which other runtimes compute parts of the model. See docs/tflite.md.

Imported only where a session asks for providers or for its partitions.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, string_at
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from edgert import _abi, _core, _introspection, providers
from edgert._core import PortInfo
from edgert.errors import BundleError, Error, InputError

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

CPU = "CPU"
ProviderChoice = Union[str, tuple[str, Mapping[str, Any]]]
_SUFFIX = "ExecutionProvider"  # of the names in onnxruntime
_MEASURED_RUNS = 5


class Partition(NamedTuple):
    """A part of the model and what computes it.

    `nodes` are the names of its kernel calls where the CPU computes it; `inputs` and `outputs` are
    names of values. `ms` is the time of the last profiled run; `measured_ms` are, by provider,
    those that delegate="auto" has chosen by.
    """

    name: str
    provider: str
    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    ms: float | None = None
    measured_ms: Mapping[str, float] = {}


def get_available_providers() -> list[str]:
    """The providers that can be used on this machine; "CPU" is the last one and always there."""
    return [*(name for name, module in _modules().items() if module.available()), CPU]


def chosen(
    choices: Sequence[ProviderChoice], options: Sequence[Mapping[str, Any]] | None, strict: bool
) -> dict[str, Mapping[str, Any]]:
    """Options of the available providers among `choices`, by name, in order, up to the CPU.

    Raises InputError for unknown names, Error for a missing provider where `strict`; else warns.
    """
    if isinstance(choices, str):
        choices = [choices]
    if options is not None and len(options) != len(choices):
        raise InputError(
            f"{len(choices)} providers have {len(options)} provider_options; give one each"
        )
    found: dict[str, Mapping[str, Any]] = {}
    for index, choice in enumerate(choices):
        name, own = (choice, {}) if isinstance(choice, str) else choice
        name = _known(name)
        if name != CPU and not _modules()[name].available():
            _missing(f"provider {name} is not installed ({_modules()[name].INSTALL})", strict)
            continue
        found.setdefault(name, {**(options[index] if options else {}), **own})
    names = [*found, CPU]
    if found.get(CPU):
        raise InputError(f"provider {CPU} has no options; threads are the session's num_threads")
    return {name: found.get(name, {}) for name in names[: names.index(CPU) + 1]}


def _missing(what: str, strict: bool) -> None:
    if strict:
        raise Error(what)
    warnings.warn(f"{what}; the next provider computes instead", RuntimeWarning, stacklevel=5)


def _modules() -> dict[str, ModuleType]:
    found = [
        importlib.import_module(f"{providers.__name__}.{info.name}")
        for info in pkgutil.iter_modules(providers.__path__)
    ]
    return {module.NAME: module for module in found}


def _known(name: object) -> str:
    names = [*_modules(), CPU]
    given = str(name)
    short = given[: -len(_SUFFIX)] if given.endswith(_SUFFIX) else given
    for known in names:
        if known.lower() == short.lower():
            return known
    raise InputError(f"there is no provider {name!r}; providers: {', '.join(names)}")


def open_session(
    model: _core.Model,
    threads: int | None,
    choices: Sequence[ProviderChoice],
    options: Sequence[Mapping[str, Any]] | None,
    strict: bool,
    delegate: str,
) -> Session | None:
    """The session of a bundle in which providers compute segments; None where only the CPU does.

    Raises InputError for wrong names and options, BundleError for damaged segments, Error where
    `strict` and a provider is missing or the bundle has nothing for it.
    """
    if delegate not in ("always", "auto"):
        raise InputError(f"delegate is {delegate!r}; give 'always' or 'auto'")
    available = chosen(choices, options, strict)
    segments = _segments(model)
    for name in available:
        if name != CPU and all(segment.provider != name for segment in segments):
            _missing(f"the bundle has no partition for provider {name}", strict)
    if not any(segment.provider in available for segment in segments):
        return None
    return Session(model, threads, available, segments, delegate == "auto")


class _Segment(NamedTuple):
    provider: str
    payload: bytes


def _segments(model: _core.Model) -> list[_Segment]:
    found = []
    native, segment = _abi.library(), _abi.Segment()
    for index in range(native.edgert_model_segments(model.handle)):
        native.edgert_model_segment(model.handle, index, byref(segment))
        payload = string_at(segment.payload, segment.payload_size) if segment.payload_size else b""
        found.append(_Segment(_abi.text(segment.provider), payload))
    return found


class _Part:
    """One segment: its program on the CPU, and a delegate where one was opened."""

    def __init__(
        self, cpu: _core.Session, name: str, segment: _Segment, options: Mapping[str, Any] | None
    ) -> None:
        self.cpu, self.name = cpu, name
        self.inputs, self.outputs = cpu.programs[0]
        self.provider = CPU if options is None else segment.provider
        self.ms: float | None = None
        self.measured_ms: dict[str, float] = {}
        self.delegate: Any = None
        if options is not None:
            self.delegate = _modules()[segment.provider].open(segment.payload, options)
            for own, ports in (
                (self.delegate.inputs, self.inputs),
                (self.delegate.outputs, self.outputs),
            ):
                if own != [(tuple(port[2]), port[1]) for port in ports]:
                    raise BundleError(
                        f"the bundle is damaged: the payload of partition '{name}' has other "
                        "inputs or outputs than its program"
                    )

    def run(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        if self.provider == CPU:
            self._run_cpu(inputs, outputs)
        else:
            self.delegate.run(inputs, outputs)

    def _run_cpu(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        self.cpu.run([a.ctypes.data for a in inputs], [a.ctypes.data for a in outputs])

    def measure(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        """Keeps what is faster for these inputs, by the median of a few runs."""
        if self.delegate is None:
            return
        for name, run in ((CPU, self._run_cpu), (self.provider, self.delegate.run)):
            run(inputs, outputs)
            times = []
            for _ in range(_MEASURED_RUNS):
                started = time.perf_counter_ns()
                run(inputs, outputs)
                times.append((time.perf_counter_ns() - started) / 1e6)
            self.measured_ms[name] = sorted(times)[_MEASURED_RUNS // 2]
        self.provider = min(self.measured_ms, key=lambda name: self.measured_ms[name])

    def described(self) -> Partition:
        return Partition(
            self.name,
            self.provider,
            _call_names(self.cpu),
            tuple(port[0] for port in self.inputs),
            tuple(port[0] for port in self.outputs),
            self.ms,
            dict(self.measured_ms),
        )


class Session(_core.Session):
    """The program of a bundle, computed segment by segment."""

    def __init__(
        self,
        model: _core.Model,
        threads: int | None,
        available: Mapping[str, Mapping[str, Any]],
        segments: Sequence[_Segment],
        auto: bool,
    ) -> None:
        super().__init__(model, 0, threads)
        self.providers = list(available)
        programs = _abi.library().edgert_model_programs(model.handle)
        self._parts = []
        for index, segment in enumerate(segments):
            options = None if segment.provider == CPU else available.get(segment.provider)
            cpu = _core.Session(model, programs + index, threads)
            name = f"{segment.provider or CPU}_{index}"
            self._parts.append(_Part(cpu, name, segment, options))
        self._inner = self._checked_values()
        self._measure = auto

    def _checked_values(self) -> dict[str, np.ndarray]:
        """Arrays for the values between segments. Raises BundleError where segments do not fit."""
        import numpy as np

        from edgert._arrays import numpy_dtype

        inputs, outputs = self.programs[0]
        known = {port[0]: port for port in inputs}
        for part in self._parts:
            for port in part.inputs:
                _check_port(port, known)
            for port in part.outputs:
                if port[0] in known:
                    raise BundleError(f"the bundle is damaged: '{port[0]}' is computed twice")
                known[port[0]] = port
        for port in outputs:
            _check_port(port, known)
        outer = {port[0] for port in (*inputs, *outputs)}
        return {
            name: np.empty(port[2], numpy_dtype(port[1]))
            for name, port in known.items()
            if name not in outer
        }

    def run(self, inputs: list[int], outputs: list[int]) -> None:
        """Runs once over buffers at these addresses, one for each port."""
        self._walk(inputs, outputs, _Part.run)

    def _walk(self, inputs: list[int], outputs: list[int], run: Callable[..., None]) -> None:
        from edgert._arrays import view

        values = dict(self._inner)
        for ports, addresses in zip(self.programs[0], (inputs, outputs)):
            for (name, dtype, shape, *_), address in zip(ports, addresses):
                values[name] = view(address, dtype, shape)
        for part in self._parts:
            arrays = [[values[p[0]] for p in ports] for ports in (part.inputs, part.outputs)]
            if self._measure:
                part.measure(*arrays)
            run(part, *arrays)
        self._measure = False

    def profile(self, inputs: list[int], outputs: list[int]) -> list[_introspection.CallProfile]:
        """Runs once: the time of each kernel call, and of each partition of a delegate."""
        calls: list[_introspection.CallProfile] = []

        def timed(part: _Part, *arrays: list[np.ndarray]) -> None:
            started = time.perf_counter_ns()
            if part.provider == CPU:
                calls.extend(_introspection.profile(part.cpu, lambda: part.run(*arrays)))
                nanoseconds = time.perf_counter_ns() - started
            else:
                part.run(*arrays)
                nanoseconds = time.perf_counter_ns() - started
                calls.append(_introspection.CallProfile(part.name, part.provider, nanoseconds))
            part.ms = nanoseconds / 1e6

        self._walk(inputs, outputs, timed)
        return calls

    def partitions(self) -> list[Partition]:
        """In order of execution."""
        return [part.described() for part in self._parts]


def whole(native: _core.Session) -> list[Partition]:
    """The only partition of a session that nothing is delegated from."""
    inputs, outputs = (tuple(port[0] for port in ports) for ports in native.programs[0])
    return [Partition("main", CPU, _call_names(native), inputs, outputs)]


def _call_names(native: _core.Session) -> tuple[str, ...]:
    library = _abi.library()
    count = library.edgert_session_calls(native.handle)
    names = (library.edgert_session_call_name(native.handle, call) for call in range(count))
    return tuple(map(_abi.text, names))


def _check_port(port: PortInfo, known: Mapping[str, PortInfo]) -> None:
    """That a value with the name, type and shape of a port is known."""
    found = known.get(port[0])
    if found is None or found[1:3] != port[1:3]:
        raise BundleError(f"the bundle is damaged: its partitions do not compute '{port[0]}'")
