"""The emitted file: layout, contents as flatc and as BundleReader see them, errors."""

from __future__ import annotations

import contextlib
import json
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import edgert
from edgert.bundle import FOOTER_SIZE, BundleReader
from edgert.errors import BundleError, CompileError

from .conftest import small_program

SCHEMA = Path(edgert.__file__).with_name("schema") / "bundle.fbs"


def test_file_layout(emit):
    data = emit()
    bundle = BundleReader(data)
    assert bundle.root.constants_offset % 64 == 0
    assert bundle.root.constants_offset + bundle.root.constants_size + FOOTER_SIZE == len(data)
    assert data[-FOOTER_SIZE:-8] == b"EDGRSUM1"
    assert struct.unpack("<Q", data[-8:])[0] == zlib.crc32(data[:-FOOTER_SIZE])


def test_large_constants_start_on_a_page(emit):
    data = emit(small_program(weights=300_000))
    assert BundleReader(data).root.constants_offset % 65536 == 0


def test_equal_constants_are_stored_once(emit):
    bundle = BundleReader(emit())
    assert bundle.root.constants_size == 32
    program = bundle.root.programs[0]
    _, missing, first, second = program.calls[0].inputs
    assert missing == -1
    assert first == second
    stored = np.frombuffer(bundle.constant(program.tensors[first].offset, 32), np.float32)
    assert np.array_equal(stored, np.arange(8))


def test_same_input_same_bytes(emit):
    labels = {"labels": ["cat", "dog"], "metadata": {"b": "2", "a": "1"}}
    assert emit(**labels) == emit(**labels)


def test_reader_sees_what_was_written(emit):
    bundle = BundleReader(emit(labels=["cat", "dög"], metadata={"source": "abc"}))
    root, program = bundle.root, bundle.root.programs[0]
    first, second = program.calls
    assert (root.target, root.labels, bundle.metadata()) == (
        "host",
        ("cat", "dög"),
        {"source": "abc"},
    )
    assert root.preprocessing is None
    assert [bundle.kernel_name(call) for call in program.calls] == ["scale", "elementwise"]
    assert root.kernels[1].version == 2
    assert bytes(first.params) == struct.pack("<ifff", -7, 1.5, float("-inf"), 0.0)
    assert first.name == "node_1"
    assert second.name is None
    assert [bundle.operator_name(i[0]) for i in second.instructions] == ["add", "relu"]
    assert second.instructions[0][1:] == (3, 1, 2, 0, 0.25, 0.0)
    assert program.arena_size == 192
    source, middle, target = (
        program.tensors[i] for i in (first.inputs[0], first.outputs[0], second.outputs[0])
    )
    assert (source.name, source.shape, source.strides, source.storage) == ("x", (2, 4), None, 2)
    assert (middle.offset, middle.dtype, middle.storage) == (128, 1, 0)
    assert (middle.quantization.scale, middle.quantization.zero_point) == ((0.5,), (-3,))
    assert (target.strides, target.offset, target.storage, target.port) == ((8, 2), 4, 3, 0)
    assert (program.outputs[0].name, program.outputs[0].shape) == ("y", (2, 4, 2))


@pytest.mark.skipif(shutil.which("flatc") is None, reason="flatc is not installed")
def test_flatc_reads_the_same(emit, tmp_path):
    data = emit(labels=["cat"], metadata={"source": "abc"})
    (tmp_path / "model.edgert").write_bytes(data)
    command = ["flatc", "--json", "--strict-json", "--raw-binary", "--defaults-json", "-o"]
    subprocess.run(
        [*command, tmp_path, SCHEMA, "--", tmp_path / "model.edgert"], check=True, timeout=60
    )
    seen = json.loads((tmp_path / "model.json").read_text().replace("-inf", "-1e999"))
    assert _plain(BundleReader(data).root) == _without_defaults_of_absent(seen)


def _plain(value):
    """A table as nested dicts and lists, as flatc prints it, without absent fields."""
    if hasattr(value, "fields"):
        items = {name: getattr(value, name) for name in value.fields()}
        return {name: _plain(item) for name, item in items.items() if item is not None}
    if isinstance(value, tuple) and len(value) == 7 and isinstance(value[-1], float):
        names = ("op", "dst", "src0", "src1", "src2", "immediate0", "immediate1")
        return dict(zip(names, value))
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _without_defaults_of_absent(value, enums=("dtype", "storage")):
    names = {"f32": 0, "s8": 1, "Arena": 0, "Constant": 1, "Input": 2, "Output": 3}
    if isinstance(value, dict):
        return {
            key: names[item] if key in enums else _without_defaults_of_absent(item)
            for key, item in value.items()
        }
    return (
        [_without_defaults_of_absent(item) for item in value] if isinstance(value, list) else value
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"axis": 1, "factor": 1.0, "axes": 2}, "no parameter axes"),
        ({"axis": 1}, "needs parameter factor"),
        ({"axis": 1.5, "factor": 1.0}, "axis"),
        ({"axis": 2**31, "factor": 1.0}, "axis"),
        ({"axis": 1, "factor": float("nan")}, "factor"),
        ({"axis": 1, "factor": (1.0,) * 4}, "factor"),
    ],
)
def test_wrong_parameters_are_named(emit, params, message):
    program, plan = small_program()
    call = replace(program.calls[0], params=params)
    with pytest.raises(CompileError, match=message) as caught:
        emit((replace(program, calls=(call,)), plan))
    assert "node_1" in str(caught.value)
    assert "scale" in str(caught.value)


def test_unknown_kernel_is_named(emit):
    program, plan = small_program()
    call = replace(program.calls[0], version=9)
    with pytest.raises(CompileError, match="scale version 9"):
        emit((replace(program, calls=(call,)), plan))


def test_truncated_bundle_is_an_error(emit):
    data = emit()
    for size in range(0, len(data), 7):
        with pytest.raises(BundleError):
            BundleReader(data[:size])


def test_flipped_bytes_never_escape_the_error_family(emit):
    data = emit()
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        with contextlib.suppress(BundleError):
            _plain(BundleReader(damaged).root)
