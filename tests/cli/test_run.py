"""`edgert run` and `edgert bench`."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import edgert


@pytest.fixture(scope="module")
def two_bundle(two_inputs, tmp_path_factory):
    path = tmp_path_factory.mktemp("two") / "two.edgert"
    edgert.compile(two_inputs, input_shapes={"a": (2, 3)}, output=path)
    return path


@pytest.fixture
def two_arrays(tmp_path):
    a = np.array([[1, 2, 3], [9, 8, 7]], np.float32)
    b = np.array([[0.5, 0, np.nan]], np.float32)
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    return [f"--input=a={tmp_path / 'a.npy'}", f"--input=b={tmp_path / 'b.npy'}"]


def test_an_image_goes_through_the_declared_preprocessing(run_cli, digits_bundle, digit_image):
    result = run_cli("run", digits_bundle, "--input", digit_image, "--top", 2)
    assert result.exit_code == 0
    head, first, _ = result.stdout.splitlines()
    assert head == "logits float32 [1, 10]"
    index, _, label = first.split()
    assert (index, label) == ("1", "one")
    summary = json.loads(
        run_cli("run", digits_bundle, "--input", f"image={digit_image}", "--json").stdout
    )
    assert summary["logits"]["shape"] == [1, 10]
    best = summary["logits"]["top"][0]
    assert (best["index"], best["label"]) == (1, "one")
    session = edgert.InferenceSession(digits_bundle)
    expected = session.run(None, {"image": session.preprocess(digit_image)})[0]
    assert best["value"] == pytest.approx(float(expected.max()))


def test_arrays_by_name_and_outputs_as_files(run_cli, two_bundle, two_arrays, tmp_path):
    folder = tmp_path / "deep" / "out"
    result = run_cli("run", two_bundle, *two_arrays, "--output-dir", folder, "--json")
    assert result.exit_code == 0, result.stderr
    assert sorted(os.listdir(folder)) == ["in_dices.npy", "sum.npy"]
    expected = np.array([[1.5, 2, np.nan], [9.5, 8, np.nan]], np.float32)
    np.testing.assert_array_equal(np.load(folder / "sum.npy"), expected)
    assert np.load(folder / "in_dices.npy").dtype == np.int64
    summary = json.loads(result.stdout, parse_constant=pytest.fail)
    assert summary["sum"]["top"][0]["value"] is None
    assert summary["in/dices"]["type"] == "int64"


def test_outputs_of_similar_names_do_not_overwrite_each_other():
    from edgert.cli.commands.run import _file_names

    assert _file_names(["a/b", "a:b", "a_b", "c"]) == ["a_b.npy", "a_b.1.npy", "a_b.2.npy", "c.npy"]


HEADER = {"descr": "<f4", "fortran_order": False}


def write_npy(path: str, header: str) -> None:
    """A .npy file of format 1.0 with this header and no data."""
    encoded = header.encode().ljust(117) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\1\0" + len(encoded).to_bytes(2, "little") + encoded)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["a=nowhere.npy"], "cannot be read: No such file"),
        (["c=a.npy"], "give NAME=FILE, with NAME one of: a, b"),
        (["a.npy"], "give NAME=FILE, with NAME one of: a, b"),
        (["a=a.npy"], "input 'b' is missing"),
        (["a=a.npy", "a=a.npy"], "given before"),
        (["a=b.npy", "b=b.npy"], "input 'a' (float32 [2, 3]) was given float32 [1, 3]"),
        (["a=double.npy", "b=b.npy"], "input 'a' (float32 [2, 3]) was given float64 [2, 3]"),
        (["a=text.npy", "b=b.npy"], "is not a .npy file"),
        (["a=empty.npy", "b=b.npy"], "is not a .npy file"),
        (["a=several.npy", "b=b.npy"], "holds several arrays"),
        (["a=objects.npy", "b=b.npy"], "is not a .npy file"),
        (["a=zip.npy", "b=b.npy"], "is not a .npy file"),
        (["a=nested.npy", "b=b.npy"], "is not a .npy file"),
        (["a=terabytes.npy", "b=b.npy"], "is not a .npy file"),
        (["a=overflow.npy", "b=b.npy"], "is not a .npy file"),
        (["a=fifo.npy", "b=b.npy"], "is no regular file"),
        (["a=.", "b=b.npy"], "declares no preprocessing"),
        (["a=picture.png", "b=b.npy"], "declares no preprocessing"),
    ],
)
def test_wrong_inputs_are_one_line(
    fails, two_bundle, two_arrays, tmp_path, monkeypatch, inputs, message
):
    monkeypatch.chdir(tmp_path)
    np.save("double.npy", np.zeros((2, 3)))
    np.save("objects.npy", np.array([{}], object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "empty.npy").touch()
    (tmp_path / "zip.npy").write_bytes(b"PK\3\4" + b"x" * 40)
    write_npy("nested.npy", "(" * 3000)
    write_npy("terabytes.npy", repr({**HEADER, "shape": (10**12,)}))
    write_npy("overflow.npy", repr({**HEADER, "shape": (10**25,)}))
    os.mkfifo("fifo.npy")
    with open("several.npy", "wb") as file:
        np.savez(file, a=np.zeros(3), b=np.zeros(3))
    text = fails("run", two_bundle, *(f"--input={i}" for i in inputs))
    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "image"), (b"no picture", "image"), (None, "No such file")]
)
def test_unreadable_images_are_one_line(fails, digits_bundle, tmp_path, content, message):
    if content is not None:
        (tmp_path / "x.png").write_bytes(content)
    text = fails("run", digits_bundle, "--input", tmp_path / "x.png")
    assert message in text
    assert "\n" not in text


def test_output_dir_that_is_a_file(fails, two_bundle, two_arrays, tmp_path):
    (tmp_path / "file").touch()
    text = fails("run", two_bundle, *two_arrays, "--output-dir", tmp_path / "file")
    assert text.endswith("it is no folder, or lies in none")


def test_bench(run_cli, digits_bundle):
    result = run_cli("bench", digits_bundle, "--runs", 5, "--warmup", 0, "--threads", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert ", 1 thread, " in lines[0]
    assert lines[2].startswith("latency over 5 runs, ms:  min ")


def test_bench_profile_as_json(run_cli, digits_bundle):
    result = run_cli("bench", digits_bundle, "--runs", 3, "--profile", "--json")
    found = json.loads(result.stdout)
    assert set(found) == {
        "bundle",
        "bundle_bytes",
        "calls",
        "first_ms",
        "input_shapes",
        "isa",
        "kernels",
        "latency_ms",
        "load_ms",
        "memory_bytes",
        "runs",
        "threads",
    }
    latency = found["latency_ms"]
    assert 0 < latency["min"] <= latency["median"] <= latency["p90"] <= latency["p99"]
    assert latency["p99"] <= latency["max"]
    assert all(call["ms"] >= 0 and call["kernel"] and call["name"] for call in found["calls"])
    assert sum(kernel["calls"] for kernel in found["kernels"]) == len(found["calls"])
    assert sum(kernel["share"] for kernel in found["kernels"]) == pytest.approx(1)


def times(table: list[str], column: int) -> list[float]:
    """The milliseconds in a column of a printed table, which has a heading."""
    return [float(line.split()[column]) for line in table[1:]]


@pytest.mark.parametrize("command", ["bench", "run"])
def test_profiles_have_kernels_first_then_calls_sorted_by_time(
    run_cli, digits_bundle, digit_image, command
):
    arguments = (command, digits_bundle, "--input", digit_image, "--profile")
    *_, kernels, calls = run_cli(*arguments).stdout.rstrip("\n").split("\n\n")
    kernels, calls = kernels.splitlines(), calls.splitlines()
    assert kernels[0].split() == ["KERNEL", "CALLS", "MS", "%"]
    assert calls[0].split() == ["#", "KERNEL", "MS", "%", "NODE"]
    assert sum(int(line.split()[1]) for line in kernels[1:]) == len(calls) - 1
    for found in (times(kernels, 2), times(calls, 2)):
        assert found == sorted(found, reverse=True)
    assert sum(times(kernels, 2)) == pytest.approx(sum(times(calls, 2)), rel=0.01, abs=0.01)
    numbers = [int(line.split()[0]) for line in calls[1:]]
    assert sorted(numbers) == list(range(len(numbers)))


def test_run_profiles_as_json(run_cli, digits_bundle, digit_image):
    found = json.loads(
        run_cli("run", digits_bundle, "--input", digit_image, "--profile", "--json").stdout
    )
    assert set(found) == {"outputs", "calls", "kernels"}
    assert found["outputs"]["logits"]["shape"] == [1, 10]


def test_bench_of_given_inputs(run_cli, two_bundle, two_arrays):
    result = run_cli("bench", two_bundle, "--runs", 2, *two_arrays)
    assert result.exit_code == 0, result.stderr
