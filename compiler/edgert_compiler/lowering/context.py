"""What operators lower through: values as they ask for them, and emission of calls."""

from __future__ import annotations

import contextlib
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnx_ir as ir

from edgert.errors import CompileError
from edgert_compiler.graph.instruction import Instruction
from edgert_compiler.graph.nodes import array_of, shape_of
from edgert_compiler.graph.problems import blamed_on
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.graph.region import Region
from edgert_compiler.graph.regions import Schedule
from edgert_compiler.program import layout
from edgert_compiler.program.elementwise_call import conversion_call, elementwise_call, output_order
from edgert_compiler.program.ir import DType, KernelCall, Tensor, constant_tensor
from edgert_compiler.quantization.params import quantize
from edgert_compiler.quantization.plan import Precision, QuantizationPlan

_DynamicKey = tuple[ir.Value, "layout.Order | None"]


class LoweringContext:
    """The state of lowering one graph.

    A value has up to two *representations*: native (its ONNX type) and quantized (int8 with the
    plan's parameters), each possibly in several layouts. Operators bind what they produce; what a
    consumer asks for beyond that is converted once and kept. All tensors are in ONNX axis order.

    What is bound or converted in a body of control flow is forgotten behind it. `lower_node` lowers
    a node through the context that it is given.
    """

    def __init__(
        self,
        plan: QuantizationPlan,
        regions: Schedule,
        lower_node: Callable[[ir.Node, LoweringContext], None],
    ) -> None:
        self.plan = plan
        self._lower_node = lower_node
        self.calls: list[KernelCall] = []
        self._schedule = regions
        self._region: Region | None = None
        self._tensors: ChainMap[ir.Value, list[Tensor]] = ChainMap()
        self._dynamic: ChainMap[_DynamicKey, tuple[Tensor, Tensor]] = ChainMap()
        self._name = ""

    # Nodes

    def begin(self, node: ir.Node) -> None:
        """Calls emitted from now on carry the node's name."""
        self._name = node.name or node.op_type

    def begin_output(self, value: ir.Value) -> None:
        """Calls emitted from now on carry the name of the node that computes the value."""
        producer = value.producer()
        if producer is not None:
            self.begin(producer)

    def lower_nodes(self, region: Region | None) -> None:
        """Lowers the nodes of a region, in order."""
        for node in self._schedule.nodes[region]:
            self.begin(node)
            with blamed_on(node):
                self._lower_node(node, self)

    def precision(self, node: ir.Node) -> Precision:
        """How the plan wants the node to compute."""
        return self.plan.precision(node.name or "")

    def is_int8(self, node: ir.Node) -> bool:
        """Whether the plan wants the node to compute in int8."""
        return self.precision(node) is Precision.INT8

    # Values

    def native(self, value: ir.Value, order: layout.Order | None = None) -> Tensor:
        """The value in its ONNX type. `order`: its last axis must be adjacent in memory."""
        return self._find(value, None, order)

    def quantized(self, value: ir.Value, order: layout.Order | None = None) -> Tensor:
        """The value in int8 with the plan's parameters. `order` as for `native`."""
        return self._find(value, self.params(value), order)

    def best(self, value: ir.Value) -> Tensor:
        """The value as it exists, native if there is a choice."""
        known = self._representations(value)
        return next((tensor for tensor in known if tensor.quantization is None), known[0])

    def closest(self, value: ir.Value, target: Tensor) -> Tensor:
        """The value as it exists, quantized where `target` is if there is a choice."""
        if target.quantization is None:
            return self.best(value)
        known = self._representations(value)
        return next((tensor for tensor in known if tensor.quantization is not None), known[0])

    def operand(self, node: ir.Node, index: int = 0, order: layout.Order | None = None) -> Tensor:
        """An input as the node's precision wants it; what the plan leaves out stays native."""
        value = node.inputs[index]
        assert value is not None
        if self.is_int8(node) and value.name in self.plan.activations:
            return self.quantized(value, order)
        return self.native(value, order)

    def dynamic(self, value: ir.Value, order: layout.Order) -> tuple[Tensor, Tensor]:
        """The value in int8 as computed at run time, and f32[2] with its scale and zero point."""
        key = (value, order)
        if key not in self._dynamic:
            source = self.dense(self.native(value, order), order)
            target = layout.allocate(DType.S8, source.shape, order, value.name or "")
            quantization = layout.allocate(DType.F32, (2,), (0,))
            physical = [layout.transpose(tensor, order) for tensor in (source, target)]
            self.emit("dynamic_quantize", [physical[0]], [physical[1], quantization])
            self._dynamic[key] = (target, quantization)
        return self._dynamic[key]

    def params(self, value: ir.Value, suffix: str = "") -> QuantParams:
        """The plan's parameters of a value. Raises CompileError where it has none."""
        params = self.plan.activations.get(f"{value.name}{suffix}")
        if params is None:
            raise CompileError(
                f"{self._name}: the quantization plan has no range for '{value.name}{suffix}'; "
                "calibrate again, or compile this node in float"
            )
        return params

    def wants_quantized(self, value: ir.Value) -> bool:
        """Whether the value is read as int8."""
        return value.name in self.plan.rounded or (
            value.name in self.plan.activations
            and any(self.is_int8(node) for node in value.consumers())
        )

    def array(self, value: ir.Value) -> np.ndarray | None:
        """The content of a constant, None for other values."""
        return array_of(value)

    # Results

    def output(
        self, value: ir.Value, order: layout.Order, quantization: QuantParams | None = None
    ) -> Tensor:
        """Allocates and binds a node's output: int8 where parameters are given, else native."""
        dtype = DType.S8 if quantization else native_dtype(value)
        tensor = layout.allocate(dtype, shape_of(value), order, value.name or "", quantization)
        self.bind(value, tensor)
        return tensor

    def output_like(self, value: ir.Value, source: Tensor, order: layout.Order) -> Tensor:
        """Allocates and binds a node's output with the type and quantization of an input."""
        tensor = layout.allocate(
            source.dtype, shape_of(value), order, value.name or "", source.quantization
        )
        self.bind(value, tensor)
        return tensor

    def temporary(self, dtype: DType, shape: Sequence[int], order: layout.Order) -> Tensor:
        """Allocates a tensor that stands for no value."""
        return layout.allocate(dtype, shape, order)

    def output_params(self, node: ir.Node, index: int = 0) -> QuantParams | None:
        """The parameters for an output that is better int8: an int8 node with an int8 consumer."""
        value = node.outputs[index]
        if not self.is_int8(node) or not self.wants_quantized(value):
            return None
        return self.plan.activations.get(value.name or "")

    def bind(self, value: ir.Value, tensor: Tensor) -> None:
        """Makes `tensor` a representation of the value."""
        assert tensor.shape == shape_of(value), f"{value.name}: {tensor.shape} {shape_of(value)}"
        self._tensors[value] = [*self._tensors.get(value, ()), tensor]

    def constant(self, array: np.ndarray, name: str = "") -> Tensor:
        """A constant operand of a kernel."""
        return constant_tensor(np.asarray(array), name)

    # Calls

    def emit(
        self,
        kernel: str,
        inputs: Sequence[Tensor | None],
        outputs: Sequence[Tensor],
        params: Mapping[str, object] | None = None,
        inplace: tuple[int, ...] = (),
    ) -> None:
        """Appends a call; tensors are in the kernel's axis order.

        `inplace`: the inputs that the first output may take the memory of (`KernelCall.inplace`).
        """
        self._append(
            KernelCall(
                kernel,
                tuple(inputs),
                tuple(outputs),
                params or {},  # type: ignore[arg-type]
                self._name,
                inplace=inplace,
            )
        )

    def control(
        self, kernel: str, node: ir.Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
    ) -> None:
        """Appends a control call, whose bodies are to follow by `body`, one after the other."""
        bodies = tuple(self._schedule.bodies[node])
        call = KernelCall(kernel, tuple(inputs), tuple(outputs), {}, self._name, bodies=bodies)
        self.calls.append(replace(call, region=self._region))

    @contextlib.contextmanager
    def body(self, node: ir.Node, index: int = 0) -> Iterator[None]:
        """Lowers the nodes of a body; what is emitted within comes behind them, in the body."""
        before = self._region, self._tensors, self._dynamic, self._name
        self._region = self._schedule.bodies[node][index]
        self._tensors, self._dynamic = self._tensors.new_child(), self._dynamic.new_child()
        self.lower_nodes(self._region)
        self._name = before[-1]
        yield
        self._region, self._tensors, self._dynamic, self._name = before

    def elementwise(
        self, inputs: Sequence[Tensor], output: Tensor, instructions: Sequence[Instruction]
    ) -> None:
        """Appends a call of `elementwise`; tensors are in ONNX axis order."""
        self._append(elementwise_call(inputs, output, instructions, self._name))

    def convert(self, source: Tensor, target: Tensor) -> None:
        """Copies, converting type, quantization and layout; shapes are equal."""
        self._append(conversion_call(source, target, self._name))

    def _append(self, call: KernelCall) -> None:
        """Kernels take no empty tensors, and there is nothing to do for an empty output."""
        if any(output.count for output in call.outputs):
            self.calls.append(replace(call, region=self._region))

    def dense(self, tensor: Tensor, order: layout.Order | None = None) -> Tensor:
        """The tensor if it lies without gaps in `order` (None: in any), else a copy that does."""
        if order is None:
            order = layout.order_of(tensor)
        if layout.transpose(tensor, order).contiguous:
            return tensor
        return self.copy(tensor, order)

    def copy(self, tensor: Tensor, order: layout.Order | None = None) -> Tensor:
        """A copy that lies without gaps in `order` (None: in the tensor's own)."""
        order = order or layout.order_of(tensor)
        copy = layout.allocate(tensor.dtype, tensor.shape, order, tensor.name, tensor.quantization)
        self.convert(tensor, copy)
        return copy

    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        """The tensor as `shape`: a view where its layout allows it, else one copy."""
        view = layout.reshape(tensor, shape)
        if view is not None:
            return view
        order = layout.reshape_order(tensor, shape)
        copy = layout.allocate(tensor.dtype, shape, order, tensor.name, tensor.quantization)
        window = layout.reshape(copy, tensor.shape)
        assert window is not None, "every factor of the copy is contiguous"
        self.convert(tensor, window)
        return copy

    # Representations

    def _find(
        self, value: ir.Value, params: QuantParams | None, order: layout.Order | None
    ) -> Tensor:
        known = self._representations(value)
        same = [tensor for tensor in known if tensor.quantization == params]
        for tensor in same:
            if order is None or _adjacent(tensor, order[-1]):
                return tensor
        source = (same or known)[0]
        target_order = order or output_order(source.shape, [source])
        return self._converted(value, source, params, target_order)

    def _converted(
        self, value: ir.Value, source: Tensor, params: QuantParams | None, order: layout.Order
    ) -> Tensor:
        dtype = DType.S8 if params else native_dtype(value)
        array = self.array(value)
        if array is not None:
            return self._bound(value, _constant(array, params, order, source.name))
        target = layout.allocate(dtype, source.shape, order, value.name or "", params)
        self.convert(source, target)
        return self._bound(value, target)

    def _bound(self, value: ir.Value, tensor: Tensor) -> Tensor:
        self.bind(value, tensor)
        return tensor

    def _representations(self, value: ir.Value) -> list[Tensor]:
        if value not in self._tensors:
            array = self.array(value)
            assert array is not None, f"{value.name} is used before it is computed"
            self.bind(value, constant_tensor(array, value.name or ""))
        if value.name in self.plan.rounded:
            self._round(value)
        return self._tensors[value]

    def _round(self, value: ir.Value) -> None:
        """Lets the int8 form of a value be all that is known of it."""
        known, params = self._tensors[value], self.params(value)
        if any(tensor.quantization == params for tensor in known):
            return
        source = known[0]
        order = output_order(source.shape, [source])
        target = layout.allocate(DType.S8, source.shape, order, value.name or "", params)
        self.convert(source, target)
        self._tensors[value] = [target]


def native_dtype(value: ir.Value) -> DType:
    """The element type of an ONNX value. Raises CompileError where edgert has none."""
    assert value.dtype is not None, f"{value.name} has no type"
    try:
        return DType.of(value.dtype.numpy())
    except CompileError as error:
        raise CompileError(f"value '{value.name}': {error}") from error


def _adjacent(tensor: Tensor, axis: int) -> bool:
    return tensor.shape[axis] == 1 or tensor.strides[axis] == 1


def _constant(
    array: np.ndarray, params: QuantParams | None, order: layout.Order, name: str
) -> Tensor:
    """A constant that lies in `order`, quantized where parameters are given."""
    data = array if params is None else quantize(array, params)
    physical = replace(constant_tensor(data.transpose(order), name), quantization=params)
    return layout.transpose(physical, layout.inverse(order))
