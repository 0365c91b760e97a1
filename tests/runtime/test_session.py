"""edgert.InferenceSession: onnxruntime's interface, one clear error for each mistake."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import edgert

from .models import MODELS, feed


@pytest.fixture(scope="module")
def attention(tmp_path_factory):
    """(ONNX file, fp32 bundle) of a model with two inputs and three outputs of several types."""
    folder = tmp_path_factory.mktemp("attention")
    onnx.save(MODELS["attention"](), folder / "model.onnx")
    edgert.compile(folder / "model.onnx", precision="fp32", output=folder / "model.edgert")
    return folder / "model.onnx", folder / "model.edgert"


@pytest.fixture
def inputs(attention):
    return feed(onnx.load(attention[0]))


def described(ports):
    return [(port.name, port.type, list(port.shape)) for port in ports]


def test_ports_are_described_as_in_onnxruntime(attention):
    reference = onnxruntime.InferenceSession(attention[0], providers=["CPUExecutionProvider"])
    session = edgert.InferenceSession(attention[1])
    assert described(session.get_inputs()) == described(reference.get_inputs())
    assert described(session.get_outputs()) == described(reference.get_outputs())


def test_outputs_by_name_are_those_of_onnxruntime(attention, inputs):
    reference = onnxruntime.InferenceSession(attention[0], providers=["CPUExecutionProvider"])
    session = edgert.InferenceSession(attention[1])
    for names in (None, ["best"], ["top", "y"]):
        for result, expected in zip(session.run(names, inputs), reference.run(names, inputs)):
            assert result.dtype == expected.dtype
            assert result.shape == expected.shape
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"mask": np.zeros((1, 7), np.float32)},
            r"'mask' \(float32 \[1, 7, 1\]\) was given float32",
        ),
        ({"mask": np.zeros((1, 7, 1))}, "was given float64"),
        ({"mask": "text"}, "cannot be made of this"),
        ({"tokens": [[0.5] * 7]}, r"'tokens' \(int64 .*: its elements are float64"),
        ({"tokens": [[1 << 80] * 7]}, "cannot be made of this"),
        ({"other": np.zeros(1)}, "there is no input 'other'"),
        ({"mask": None, "mask2": 1}, "there is no input 'mask2'"),
    ],
)
def test_wrong_inputs_are_named(attention, inputs, change, message):
    session = edgert.InferenceSession(attention[1])
    with pytest.raises(edgert.InputError, match=message):
        session.run(None, {**inputs, **change})


def test_missing_inputs_and_unknown_outputs_are_named(attention, inputs):
    session = edgert.InferenceSession(attention[1])
    with pytest.raises(edgert.InputError, match="input 'mask' is missing; inputs: 'tokens'"):
        session.run(None, {"tokens": inputs["tokens"]})
    with pytest.raises(edgert.InputError, match="given as a dict"):
        session.run(None, [inputs["tokens"], inputs["mask"]])
    with pytest.raises(edgert.InputError, match="there is no output 'z'; outputs: 'y'"):
        session.run(["y", "z"], inputs)
    with pytest.raises(edgert.InputError, match="at least 1"):
        edgert.InferenceSession(attention[1], num_threads=0)


@pytest.mark.parametrize("choice", [3, ("TFLite",), ("TFLite", 2), (None, {})])
def test_what_names_no_provider_is_an_input_error(attention, choice):
    with pytest.raises(edgert.InputError, match="give a name"):
        edgert.InferenceSession(attention[1], providers=[choice])


@pytest.mark.parametrize("number", ["1", 1.5, (1 << 32) + 1])
def test_what_is_no_number_of_threads_or_of_a_program_is_an_input_error(attention, number):
    for option in ("num_threads", "program"):
        with pytest.raises(edgert.InputError, match=f"{option} is {number!r}; give"):
            edgert.InferenceSession(attention[1], **{option: number})


def test_an_index_out_of_range_is_an_input_error_and_the_session_goes_on(attention, inputs):
    session = edgert.InferenceSession(attention[1])
    expected = session.run(None, inputs)
    with pytest.raises(edgert.InputError):
        session.run(None, {**inputs, "tokens": np.full((1, 7), 99)})
    for result, before in zip(session.run(None, inputs), expected):
        np.testing.assert_array_equal(result, before)


def test_any_memory_layout_is_accepted(small_bundle, small_input):
    session = edgert.InferenceSession(small_bundle)
    [expected] = session.run(None, {"input": small_input})
    unaligned = np.frombuffer(b"\0" + small_input.tobytes(), np.uint8)[1:].view(np.float32)
    for same in (
        np.asfortranarray(small_input),
        np.repeat(small_input, 2, axis=3)[..., ::2],
        small_input[..., ::-1].copy()[..., ::-1],
        small_input.astype(">f4"),
        unaligned.reshape(small_input.shape),
        small_input.tolist(),
    ):
        [result] = session.run(None, {"input": same})
        np.testing.assert_array_equal(result, expected)


def test_outputs_are_new_arrays_each_time(small_bundle, small_input):
    session = edgert.InferenceSession(small_bundle)
    [first] = session.run(None, {"input": small_input})
    kept = first.copy()
    session.run(None, {"input": -small_input})
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_results_do_not_depend_on_the_number_of_threads(small_bundle, small_input, threads):
    [expected] = edgert.InferenceSession(small_bundle, num_threads=1).run(
        None, {"input": small_input}
    )
    session = edgert.InferenceSession(small_bundle, num_threads=threads)
    assert session.num_threads == threads
    for _ in range(20):
        [result] = session.run(None, {"input": small_input})
        assert result.tobytes() == expected.tobytes()


def run_in_threads(jobs):
    failures = []

    def guarded(job):
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("shared", [True, False], ids=["one session", "a session each"])
def test_concurrent_runs_do_not_disturb_each_other(small_bundle, shared):
    rng = np.random.default_rng(8)
    samples = [rng.normal(size=(1, 3, 33, 29)).astype(np.float32) for _ in range(4)]
    session = edgert.InferenceSession(small_bundle, num_threads=2)
    expected = [session.run(None, {"input": x})[0] for x in samples]

    def job(x, result):
        own = session if shared else edgert.InferenceSession(small_bundle, num_threads=2)
        for _ in range(50):
            np.testing.assert_array_equal(own.run(None, {"input": x})[0], result)

    run_in_threads([lambda x=x, y=y: job(x, y) for x, y in zip(samples, expected)])


@pytest.mark.parametrize("kind", [str, Path, bytes, bytearray])
def test_bundles_come_as_paths_and_as_bytes(small_bundle, small_input, kind):
    content = small_bundle.read_bytes() if kind in (bytes, bytearray) else small_bundle
    model = edgert.load(kind(content))
    [expected] = model.session.run(None, {"input": small_input})
    np.testing.assert_array_equal(model.run(small_input), expected)


def test_unreadable_bundles_are_errors_that_name_the_file(tmp_path, small_bundle):
    (tmp_path / "empty.edgert").touch()
    (tmp_path / "text.edgert").write_text("no bundle at all, but long enough to have a footer")
    (tmp_path / "cut.edgert").write_bytes(small_bundle.read_bytes()[:-100])
    (tmp_path / "folder.edgert").mkdir()
    for name in ("missing", "empty", "text", "cut", "folder"):
        with pytest.raises(edgert.BundleError, match=f"{name}.edgert"):
            edgert.InferenceSession(tmp_path / f"{name}.edgert")
    with pytest.raises(edgert.BundleError):
        edgert.InferenceSession(b"")
    with pytest.raises(edgert.InputError, match="not as int"):
        edgert.InferenceSession(3)


def test_a_flipped_byte_is_found_by_the_checksum(small_bundle):
    data = bytearray(small_bundle.read_bytes())
    for place in np.random.default_rng(1).integers(0, len(data), 50):
        data[place] ^= 0x10
        with pytest.raises(edgert.BundleError):
            edgert.InferenceSession(data)
        data[place] ^= 0x10


def test_a_closed_session_says_so(small_bundle, small_input):
    with edgert.InferenceSession(small_bundle) as session:
        session.run(None, {"input": small_input})
    for use in (
        lambda: session.run(None, {"input": small_input}),
        lambda: session.profile({"input": small_input}),
        lambda: session.num_threads,
        session.tensors,
    ):
        with pytest.raises(edgert.Error, match="closed"):
            use()
    session.close()


def test_a_profile_names_kernels_and_nodes(small_bundle, small_input):
    session = edgert.InferenceSession(small_bundle)
    calls = session.profile({"input": small_input})
    assert {"conv2d_s8", "depthwise_conv2d_s8"} <= {call.kernel for call in calls}
    assert all(call.nanoseconds >= 0 for call in calls)
    assert sum(call.nanoseconds for call in calls) > 0


def child(program, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


FACTS = """
import sys, edgert
session = edgert.InferenceSession(sys.argv[1])
print(session.num_threads, session.isa)
"""


def test_environment_sets_threads_and_caps_the_instruction_set(small_bundle):
    chosen = child(FACTS, small_bundle, EDGERT_NUM_THREADS="3", EDGERT_ISA="scalar")
    assert chosen.stdout.split() == ["3", "scalar"]
    ignored = child(FACTS, small_bundle, EDGERT_NUM_THREADS="many", EDGERT_ISA="mmx")
    default = child(FACTS, small_bundle, EDGERT_NUM_THREADS="", EDGERT_ISA="")
    assert ignored.stdout == default.stdout
    assert "EDGERT_NUM_THREADS=many" in ignored.stderr
    assert "EDGERT_ISA=mmx" in ignored.stderr


IMPORTED = """
import sys
before = set(sys.modules)
import edgert
edgert.InferenceSession(sys.argv[1])
print(*sorted(set(sys.modules) - before))
"""


def test_loading_imports_next_to_nothing(small_bundle):
    imported = set(child(IMPORTED, small_bundle).stdout.split())
    heavy = {"numpy", "threading", "dataclasses", "inspect", "mmap", "edgert_compiler", "onnx"}
    assert not imported & heavy


SOAK = """
import sys
import numpy as np
import edgert
session = edgert.InferenceSession(sys.argv[1], num_threads=2)
feed = {"input": np.ones((1, 3, 33, 29), np.float32)}
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
for _ in range(2000):
    session.run(None, feed)
before = resident()
for _ in range(2000):
    session.run(None, feed)
print(resident() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_does_not_grow(small_bundle):
    assert int(child(SOAK, small_bundle).stdout) <= 64 * 1024


# A process of its own: the threads of other tests come and go. A joined thread may stay listed for
# a moment, until the kernel has removed it.
THREADS = """
import gc, os, sys, time
import edgert

def count():
    return len(os.listdir("/proc/self/task"))

before = count()
sessions = [edgert.InferenceSession(sys.argv[1], num_threads=4) for _ in range(5)]
assert count() == before + 15, (before, count())
sessions.clear()
gc.collect()
deadline = time.monotonic() + 10
while count() != before and time.monotonic() < deadline:
    time.sleep(0.01)
print(count() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_sessions_leave_no_threads_behind(small_bundle):
    assert int(child(THREADS, small_bundle).stdout) == 0
