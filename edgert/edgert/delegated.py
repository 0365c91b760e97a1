"""Sessions in which other runtimes compute parts of the model. See docs/tflite.md.

Imported only where a session asks for providers or for its partitions.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from ctypes import byref, string_at
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from edgert import _abi, _core, _introspection, providers
from edgert._core import PortInfo
from edgert._plugins import plugins
from edgert._text import did_you_mean
from edgert.errors import BundleError, Error, InputError, RuntimeUnavailableError

if TYPE_CHECKING:
    import numpy as np

    from edgert.providers import Delegate, Form, Provider

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
    return [*(name for name, provider in _providers().items() if provider.available()), CPU]


def chosen(
    choices: Sequence[ProviderChoice],
    options: Sequence[Mapping[str, Any]] | None,
    problems: list[str],
) -> dict[str, Mapping[str, Any]]:
    """Options of the available providers among `choices`, by name, in order, up to the CPU.

    What is not available is told to `problems`. Raises InputError for unknown names.
    """
    if isinstance(choices, str):
        choices = [choices]
    if options is not None and len(options) != len(choices):
        raise InputError(
            f"{len(choices)} providers have {len(options)} provider_options; give one each"
        )
    found: dict[str, Mapping[str, Any]] = {}
    for index, choice in enumerate(choices):
        name, own = _name_and_options(choice)
        name = _known(name)
        if name != CPU and not _provider(name).available():
            problems.append(f"provider {name} is not installed ({_provider(name).INSTALL})")
            continue
        found.setdefault(name, {**(options[index] if options else {}), **own})
    names = [*found, CPU]
    if found.get(CPU):
        raise InputError(f"provider {CPU} has no options; threads are the session's num_threads")
    return {name: found.get(name, {}) for name in names[: names.index(CPU) + 1]}


@functools.cache
def _own_providers() -> dict[str, Provider]:
    """By name; they are modules."""
    own = [
        importlib.import_module(f"{providers.__name__}.{info.name}")
        for info in pkgutil.iter_modules(providers.__path__)
    ]
    return {module.NAME: module for module in own}


@functools.cache
def _providers() -> dict[str, Provider]:
    """Those of other packages, too, which takes reading what is installed."""
    own = _own_providers()
    others = {provider.NAME: provider for provider in plugins("edgert.providers").values()}
    return {**own, **others, **own}


def _provider(name: str) -> Provider:
    own = _own_providers()
    return own[name] if name in own else _providers()[name]


def _name_and_options(choice: object) -> tuple[str, Mapping[str, Any]]:
    if isinstance(choice, str):
        return choice, {}
    if isinstance(choice, (tuple, list)) and len(choice) == 2:
        name, options = choice
        if isinstance(name, str) and isinstance(options, Mapping):
            return name, options
    raise InputError(f"provider {choice!r}: give a name, or a name and a dict of its options")


def _known(name: object) -> str:
    given = str(name)
    short = given[: -len(_SUFFIX)] if given.endswith(_SUFFIX) else given
    for known_providers in (_own_providers, _providers):
        names = [*known_providers(), CPU]
        for known in names:
            if known.lower() == short.lower():
                return known
    guess = did_you_mean(short, names)
    raise InputError(f"there is no provider {name!r}; providers: {', '.join(names)}{guess}")


def open_session(
    model: _core.Model,
    threads: int | None,
    choices: Sequence[ProviderChoice] | None,
    options: Sequence[Mapping[str, Any]] | None,
    strict: bool,
    delegate: str,
) -> Session | None:
    """The session of a bundle in which providers compute segments; None where only the CPU does.

    choices: None for all that are available and that the bundle has segments for.

    Raises InputError for wrong names and options, BundleError for damaged segments, Error where
    `strict` and a provider is missing, does not run on this machine, or the bundle has nothing for
    it.
    """
    if delegate not in ("always", "auto"):
        raise InputError(f"delegate is {delegate!r}; give 'always' or 'auto'")
    problems: list[str] = []
    segments = _segments(model)
    planned = {CPU, *(segment.provider for segment in segments)}
    if choices is None:
        choices = [name for name in get_available_providers() if name in planned]
    available = chosen(choices, options, problems)
    problems += [
        f"the bundle has no partition for provider {name}"
        for name in available
        if name not in planned
    ]
    delegates = [_delegate(segment, available, problems) for segment in segments]
    if problems and strict:
        raise Error("; ".join(problems))
    for problem in problems:
        warnings.warn(f"{problem}; the next provider computes instead", RuntimeWarning, 3)
    if not any(delegates):
        return None
    return Session(model, threads, list(available), segments, delegates, delegate == "auto")


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


def _delegate(
    segment: _Segment, available: dict[str, Mapping[str, Any]], problems: list[str]
) -> Delegate | None:
    """What computes a segment instead of the CPU.

    A provider that cannot, on this machine, leaves `available`, and `problems` are told why.
    """
    if segment.provider == CPU or segment.provider not in available:
        return None
    try:
        return _provider(segment.provider).open(segment.payload, available[segment.provider])
    except RuntimeUnavailableError as error:
        problems.append(str(error))
        del available[segment.provider]
        return None


class _Part:
    """One segment: its program on the CPU, or a delegate, or both until the faster is known."""

    def __init__(
        self, cpu: _core.Session, name: str, provider: str, delegate: Delegate | None, auto: bool
    ) -> None:
        self.name = name
        self.inputs, self.outputs = cpu.programs[0]
        self.nodes = _call_names(cpu)
        self.provider = CPU if delegate is None else provider
        self.ms: float | None = None
        self.measured_ms: dict[str, float] = {}
        self.delegate = delegate
        self.cpu: _core.Session | None = cpu if delegate is None or auto else None
        if delegate is not None:
            self._check_ports(delegate.inputs, self.inputs)
            self._check_ports(delegate.outputs, self.outputs)

    def _check_ports(self, own: Sequence[Form], ports: Sequence[PortInfo]) -> None:
        if list(own) != [(tuple(port[2]), port[1]) for port in ports]:
            raise BundleError(
                f"the bundle is damaged: the payload of partition '{self.name}' has other inputs "
                "or outputs than its program"
            )

    def run(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        if self.provider == CPU:
            self._run_cpu(inputs, outputs)
        else:
            self._run_delegate(inputs, outputs)

    def _run_cpu(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        assert self.cpu is not None
        self.cpu.run([a.ctypes.data for a in inputs], [a.ctypes.data for a in outputs])

    def _run_delegate(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        assert self.delegate is not None
        self.delegate.run(inputs, outputs)

    def measure(self, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> None:
        """Keeps what is faster for these inputs, by the median of a few runs."""
        if self.delegate is None:
            return
        for name, run in ((CPU, self._run_cpu), (self.provider, self._run_delegate)):
            run(inputs, outputs)
            times = []
            for _ in range(_MEASURED_RUNS):
                started = time.perf_counter_ns()
                run(inputs, outputs)
                times.append((time.perf_counter_ns() - started) / 1e6)
            self.measured_ms[name] = sorted(times)[_MEASURED_RUNS // 2]
        self.provider = min(self.measured_ms, key=lambda name: self.measured_ms[name])
        if self.provider == CPU:
            self.delegate = None
        else:
            self.cpu = None

    def described(self) -> Partition:
        return Partition(
            self.name,
            self.provider,
            self.nodes,
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
        provider_names: list[str],
        segments: Sequence[_Segment],
        delegates: Sequence[Delegate | None],
        auto: bool,
    ) -> None:
        super().__init__(model, 0, threads)
        self.providers = provider_names
        programs = _abi.library().edgert_model_programs(model.handle)
        self._parts = []
        for index, (segment, delegate) in enumerate(zip(segments, delegates)):
            cpu = _core.Session(model, programs + index, threads)
            name = f"{segment.provider or CPU}_{index}"
            self._parts.append(_Part(cpu, name, segment.provider, delegate, auto))
        self._inner = self._checked_values()
        self._measure = auto

    @property
    def memory(self) -> int:
        """Bytes of arenas and scratch, and of the values between segments; without delegates'."""
        arenas = sum(part.cpu.memory for part in self._parts if part.cpu is not None)
        return super().memory + arenas + sum(array.nbytes for array in self._inner.values())

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
            if part.cpu is not None:
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
    """That a value with the name, type, shape and quantization of a port is known."""
    found = known.get(port[0])
    if found is None or found[1:3] != port[1:3] or found[4] != port[4]:
        raise BundleError(f"the bundle is damaged: its partitions do not compute '{port[0]}'")
