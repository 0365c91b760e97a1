"""Compilation ends with the runtime's own checks: what would not load is never written."""

from __future__ import annotations

import mmap
import os
import re
from dataclasses import replace

import onnx.parser
import pytest

import edgert
from edgert import _core
from edgert_compiler import bundles
from edgert_compiler.graph.limits import INSTRUCTIONS
from edgert_compiler.graph.quantization import QuantParams
from edgert_compiler.program.elementwise import Operand, inline
from edgert_compiler.program.ir import Storage
from edgert_targets.tflite.compiler import write
from tests.delegates.models import convolutions
from tests.program.builder import elementwise, port_tensor
from tests.test_state import streaming

FAULT = "This is a fault of edgert, not of the model: please report it"


def model(*lines: str) -> onnx.ModelProto:
    return onnx.parser.parse_model(
        f"""<ir_version: 9, opset_import: ["" : 18]>
        f (float[2, 3] x) => (float[2, 3] y) {{ {" ".join(lines)} }}"""
    )


@pytest.fixture
def spoiled(monkeypatch):
    """Lowering that gives some call an operand too many."""

    def spoil(which: str):
        honest = bundles.run_program_passes

        def run(program, context):
            found = honest(program, context)
            calls = tuple(
                replace(call, inputs=(*call.inputs, call.inputs[0])) if call.name == which else call
                for call in found.calls
            )
            return replace(found, calls=calls)

        monkeypatch.setattr(bundles, "run_program_passes", run)

    return spoil


def test_a_call_that_the_runtime_refuses_is_named_and_nothing_is_written(spoiled, tmp_path):
    spoiled("last")
    output = tmp_path / "m.edgert"
    output.write_bytes(b"old")
    source = model("a = Softmax (x)", "y = Softmax (a)")
    source.graph.node[0].name, source.graph.node[1].name = "first", "last"
    with pytest.raises(edgert.CompileError, match=r"call 'last' \(softmax\): has 2 inputs") as said:
        edgert.compile(source, precision="fp32", output=output)
    assert str(said.value).startswith("the bundle would not load: ")
    assert FAULT in str(said.value)
    assert os.listdir(tmp_path) == ["m.edgert"]
    assert output.read_bytes() == b"old"


@pytest.mark.parametrize("target", ["host", "arm64", "armv7", "rpi5"])
def test_all_cpu_targets_are_checked(spoiled, target):
    spoiled("s")
    source = model("y = Softmax (x)")
    source.graph.node[0].name = "s"
    with pytest.raises(edgert.CompileError, match=FAULT):
        edgert.compile(source, precision="fp32", target=target)


def test_every_program_of_a_bundle_is_loaded(monkeypatch):
    seen = []
    session = _core.Session

    def spy(model, program=_core.ALL_PROGRAMS, threads=None):
        made = session(model, program, threads)
        seen.append((program, len(made.programs)))
        return made

    monkeypatch.setattr(_core, "Session", spy)
    edgert.compile(streaming(), input_shapes=[{"x": (2, 3)}, {"x": (5, 3)}], precision="fp32")
    assert seen[-1] == (_core.ALL_PROGRAMS, 2)


def test_every_segment_is_loaded(monkeypatch, tmp_path):
    seen = []
    session = _core.Session

    def spy(model, program=_core.ALL_PROGRAMS, threads=None):
        seen.append(program)
        return session(model, program, threads)

    monkeypatch.setattr(_core, "Session", spy)
    output = tmp_path / "m.edgert"
    report = edgert.compile(convolutions("Asinh"), target="tflite", precision="fp32", output=output)
    assert any("partitions are for TFLite" in note for note in report.notes)
    assert seen == [_core.ALL_PROGRAMS, 1, 2, 3]


def test_a_machine_with_little_memory_may_compile_for_another(monkeypatch):
    def scarce(*_args, **_options):
        raise edgert.Error("the session needs 99999999999 bytes, which are not available")

    monkeypatch.setattr(_core, "Session", scarce)
    assert edgert.compile(model("y = Relu (x)"), precision="fp32").bundle


def test_the_bundle_is_loaded_where_it_was_put_together(monkeypatch):
    """Large bundles are not copied for the check."""
    sources = []
    load = _core.Model

    def spy(source, verify=True):
        sources.append(source)
        return load(source, verify)

    monkeypatch.setattr(_core, "Model", spy)
    bundle = edgert.compile(model("y = Relu (x)"), precision="fp32").bundle
    assert [type(source) for source in sources] == [mmap.mmap]
    assert sources[0][:] == bundle


def test_tflite_files_are_loaded_where_an_interpreter_is_installed(monkeypatch, tmp_path):
    pytest.importorskip("ai_edge_litert.interpreter")
    honest = write._Writer._operator

    def without_inputs(self, operator):
        table = honest(self, operator)
        return {**table, "inputs": table["inputs"][:0]}

    monkeypatch.setattr(write._Writer, "_operator", without_inputs)
    source = model("y = Softmax (x)")
    source.graph.node[0].name = "soft"
    with pytest.raises(edgert.CompileError) as said:
        edgert.compile(source, output=tmp_path / "m.tflite", precision="fp32")
    assert re.match(r"TFLite would not load the file: node 'soft': ", str(said.value))
    assert FAULT in str(said.value)
    assert not os.listdir(tmp_path)


def test_packages_are_read_back(monkeypatch, tmp_path):
    pytest.importorskip("coremltools")
    from edgert_targets.coreml.mil import package

    honest = package._files

    def without_operations(model, spec):
        from coremltools.proto import Model_pb2

        proto = Model_pb2.Model()
        proto.ParseFromString(spec)
        (function,) = proto.mlProgram.functions.values()
        (block,) = function.block_specializations.values()
        del block.operations[:]
        return honest(model, proto.SerializeToString())

    monkeypatch.setattr(package, "_files", without_operations)
    with pytest.raises(edgert.CompileError, match="coremltools would not read the package"):
        edgert.compile(model("y = Softmax (x)"), output=tmp_path / "m.mlpackage")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_chain_is_not_longer_than_the_core_takes(more, fits):
    x, y = port_tensor(Storage.INPUT, (4,)), port_tensor(Storage.OUTPUT, (4,))
    half = INSTRUCTIONS // 2
    first = elementwise([x], y, *[("neg", 0, (0,))] * half)
    second = elementwise([y], y, *[("neg", 0, (0,))] * (half + more))
    merged = inline(second, first, {0: [Operand(x, QuantParams(1.0, 0))]})
    assert (merged is not None) == fits
