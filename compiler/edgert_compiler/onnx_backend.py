"""edgert as an `onnx.backend.base.Backend`: ONNX's own interface for running models.

>>> import edgert_compiler.onnx_backend
>>> [y] = edgert_compiler.onnx_backend.run_model(model, [x])

The path is the one of every user: compile to a bundle in memory, load it, run it. A bundle has
static shapes and constant weights, while this interface says only at `run` what the inputs are. So
a model is compiled at the first run with inputs of certain shapes, and once more when others come.
What must be constant and is given as an input is bound with `edgert.compile(constants=...)`:

1. Where the compiler refuses the model, inputs that no node reads as its first are bound: ONNX's
   operators take their data first, and weights, shapes, axes and the like after it.
2. Where it still refuses, small vectors and scalars are bound wherever they are read: bounds of
   Range, the shape of ConstantOfShape, the condition of If.

`BundleRep.bound` says which inputs were bound; new values of these compile the model anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx.backend.base import Backend, BackendRep, namedtupledict

import edgert
from edgert.errors import CompileError, InputError

_SMALL = 64  # elements


def bindings(model: onnx.ModelProto, feed: Mapping[str, np.ndarray]) -> list[set[str]]:
    """Which inputs to bind as constants, in order of preference, each set once.

    feed: what the inputs will be, by name.
    """
    data = {node.input[0] for node in model.graph.node if node.input}
    parameters = {name for name in feed if name not in data}
    small = {n for n, array in feed.items() if array.ndim < 2 and array.size <= _SMALL}
    result: list[set[str]] = []
    for bound in (set(), parameters, parameters | small):
        if bound not in result:
            result.append(bound)
    return result


class BundleRep(BackendRep):
    """A model that is compiled when its inputs are known; the last bundle is kept."""

    def __init__(self, model: onnx.ModelProto, options: Mapping[str, Any]) -> None:
        initializers = {tensor.name for tensor in model.graph.initializer}
        self._model = model
        self._options = dict(options)
        self._names = [v.name for v in model.graph.input if v.name not in initializers]
        self._session: edgert.InferenceSession | None = None
        self._key: object = None
        self.bound: tuple[str, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether nothing was left to compute at run time."""
        return self._session is not None and not self._session.get_inputs()

    def run(self, inputs: Any, **_: Any) -> tuple[Any, ...]:
        """Runs once.

        inputs: arrays in the order of the graph's inputs, or one array, or a dict by name.

        Returns the outputs as a named tuple. Raises CompileError where the model cannot be compiled
        for these inputs.
        """
        feed = self._feed(inputs)
        if self._session is None or self._key != self._key_of(feed):
            self._session = self._compile(feed)
            self._key = self._key_of(feed)
        bound = set(self.bound)
        outputs = self._session.run(None, {k: v for k, v in feed.items() if k not in bound})
        names = [port.name for port in self._session.get_outputs()]
        result: tuple[Any, ...] = namedtupledict("Outputs", names)(*outputs)
        return result

    def _feed(self, inputs: Any) -> dict[str, np.ndarray]:
        if isinstance(inputs, np.ndarray):
            inputs = [inputs]
        if not isinstance(inputs, Mapping):
            if len(inputs) > len(self._names):
                raise InputError(f"{len(inputs)} inputs were given, the model has {self._names}")
            inputs = dict(zip(self._names, inputs))
        for name, value in inputs.items():
            if not isinstance(value, (np.ndarray, np.generic)):
                from edgert_compiler.refusals import OPTIONALS, SEQUENCES

                reason = OPTIONALS if value is None else SEQUENCES
                raise CompileError(f"input '{name}' is not a tensor: {reason}")
        return {name: np.asarray(value) for name, value in inputs.items()}

    def _key_of(self, feed: Mapping[str, np.ndarray]) -> object:
        """What the bundle depends on: shapes, and the values of bound inputs."""
        return [(n, a.shape, a.tobytes() if n in self.bound else b"") for n, a in feed.items()]

    def _compile(self, feed: Mapping[str, np.ndarray]) -> edgert.InferenceSession:
        refusal: CompileError | None = None
        for bound in bindings(self._model, feed):
            try:
                report = edgert.compile(
                    self._model,
                    constants={name: feed[name] for name in bound},
                    input_shapes={n: a.shape for n, a in feed.items() if n not in bound},
                    **self._options,
                )
            except CompileError as error:
                refusal = refusal or error
                continue
            self.bound = tuple(sorted(bound))
            return edgert.InferenceSession(report.bundle)
        assert refusal is not None
        raise refusal


class EdgertBackend(Backend):
    """Compiles to a float32 bundle, on the CPU. Keyword arguments go to `edgert.compile`."""

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only "CPU"."""
        return device.partition(":")[0] == "CPU"

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **kwargs: Any) -> BundleRep:
        """The model, ready to run. Raises InputError for another device."""
        if not cls.supports_device(device):
            raise InputError(f"there is no device '{device}'; edgert runs on 'CPU'")
        return BundleRep(model, {"precision": "fp32", **kwargs})

    @classmethod
    def run_node(
        cls,
        node: onnx.NodeProto,
        inputs: Any,
        device: str = "CPU",
        outputs_info: Sequence[tuple[Any, tuple[int, ...]]] | None = None,  # noqa: ARG003
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Runs a model of this one node.

        `opset_version`, default the newest that onnx knows, says which form the node has.
        """
        version = int(kwargs.pop("opset_version", onnx.defs.onnx_opset_version()))
        names = [name for name in node.input if name]
        arrays = dict(zip(names, [inputs] if isinstance(inputs, np.ndarray) else inputs))
        infos = [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in arrays.items()
        ]
        untyped = [onnx.helper.make_value_info(n, onnx.TypeProto()) for n in node.output if n]
        graph = onnx.helper.make_graph([node], node.op_type, infos, untyped)
        opsets = [onnx.helper.make_opsetid(node.domain, version)]
        model = onnx.helper.make_model(graph, opset_imports=opsets)
        model = onnx.shape_inference.infer_shapes(model)
        return cls.run_model(model, arrays, device, **kwargs)


prepare = EdgertBackend.prepare
run_model = EdgertBackend.run_model
run_node = EdgertBackend.run_node
supports_device = EdgertBackend.supports_device
is_compatible = EdgertBackend.is_compatible
