"""Whether two checkouts compile the same bytes: `python -m tests.same_bundles OLD NEW`.

Models of this repository and of the zoo (EDGERT_ZOO), in float, in int8 with calibration data and
with dynamic quantization, for every target; and every node case of the ONNX standard as a bundle
in float and int8. What is refused must be refused in the same words. Both checkouts need a built
library.

The models come from the installed onnx and from NEW, so both compile the same ones. `--only TEXT`
takes those whose name contains a text; `--jobs` checkouts are compiled at once.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx

ROOT = Path(__file__).resolve().parents[1]
_SAMPLES = 4
_BUNDLES = (("host", "fp32", False), ("host", "int8", True))
_ALL = (
    *_BUNDLES,
    ("host", "int8", False),
    ("tflite", "fp32", False),
    ("tflite", "int8", True),
    ("coreml", "fp32", False),
    ("onnx", "int8", True),
)
"""Target, precision, and whether with calibration data."""
_FUNCTION_BODY = "_expanded"


@dataclass(frozen=True)
class Case:
    """A model, samples of its inputs, and further arguments of `edgert.compile`."""

    name: str
    model: bytes
    samples: list[dict[str, np.ndarray]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple[tuple[str, str, bool], ...] = _ALL


def main() -> int:
    """Compares; the exit status tells whether all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        chosen = (vars(case) for case in _cases() if asked.only in case.name)
        models.write_bytes(pickle.dumps(list(chosen)))
        results = [Path(folder, side) for side in ("old", "new")]
        running = []
        for checkout, result in zip((asked.old, asked.new), results):
            running.append(_start(checkout.resolve(), models, result))
            if len(running) == asked.jobs:
                _finish(running)
        _finish(running)
        old, new = (pickle.loads(result.read_bytes()) for result in results)
    different = [key for key in old if old[key] != new[key]]
    for key in different:
        print(f"{' '.join(key)}: {old[key]} | {new[key]}")
    files = sum(not result.startswith("refused") for result in old.values())
    print(f"{files} files and {len(old) - files} refusals; {len(different)} differ")
    return int(bool(different))


def _start(checkout: Path, models: Path, result: Path) -> subprocess.Popen[bytes]:
    paths = (str(checkout / name) for name in ("edgert", "compiler", "targets"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    files = f"{str(models)!r}, {str(result)!r}"
    script = f"from tests import same_bundles; same_bundles.compile_all({files})"
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment)


def _finish(running: list[subprocess.Popen[bytes]]) -> None:
    while running:
        if running.pop().wait():
            raise SystemExit("a checkout does not compile the models, see above")


def compile_all(models: str, result: str) -> None:
    """Of file `models` into file `result`, with the edgert that this process imports."""
    warnings.simplefilter("ignore")
    found = {}
    for fields in pickle.loads(Path(models).read_bytes()):
        case = Case(**fields)
        for target, precision, calibrated in case.variants:
            form = "static" if calibrated else "dynamic" if precision == "int8" else "float"
            found[case.name, target, form] = _outcome(case, target, precision, calibrated)
    Path(result).write_bytes(pickle.dumps(found))


def _outcome(case: Case, target: str, precision: str, calibrated: bool) -> str:
    """A digest of all that is written, or why nothing is."""
    import edgert

    samples = case.samples if calibrated else None
    try:
        report = edgert.compile(
            case.model,
            target=target,
            precision=precision,
            calibration=samples,
            progress=False,
            **case.arguments,
        )
    except edgert.Error as error:
        return f"refused: {error}"
    except Exception as error:  # a fault is to stay the same one, too
        return f"refused: {type(error).__name__} {error}"
    return hashlib.sha256(_plain(report.bundle)).hexdigest()


def _plain(bundle: bytes) -> bytes:
    """Without the version of the compiler."""
    import edgert

    version = edgert.__version__.encode()
    return bundle.replace(version, b"#" * len(version))


def _cases() -> Iterator[Case]:
    yield from _node_cases()
    yield from _own_models()
    yield from _zoo()


def _node_cases() -> Iterator[Case]:
    """All inputs but the first are constants, as weights, shapes and axes must be."""
    from onnx.backend.test.loader import load_model_tests

    for case in load_model_tests(kind="node"):
        if case.model is None or not case.data_sets or _FUNCTION_BODY in case.name:
            continue
        names = [port.name for port in case.model.graph.input]
        feed = dict(zip(names, case.data_sets[0][0]))
        if feed and all(isinstance(array, np.ndarray) for array in feed.values()):
            constants = dict(list(feed.items())[1:])
            sample = {names[0]: feed[names[0]]}
            model = case.model.SerializeToString()
            yield Case(case.name, model, [sample], {"constants": constants}, _BUNDLES)


def _own_models() -> Iterator[Case]:
    from tests.small_model import save_small_model

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.onnx")
        save_small_model(path)
        small = path.read_bytes()
    yield _random("small_model", small)
    yield _random("digits", (ROOT / "examples" / "digits" / "digits.onnx").read_bytes())


def _zoo() -> Iterator[Case]:
    from tests.zoo import ZOO, ZOO_MODELS

    for entry in ZOO_MODELS.values():
        if (ZOO / "models" / f"{entry.name}.onnx").exists():
            yield _random(entry.name, entry.path.read_bytes(), **entry.options())


def _random(name: str, model: bytes, **arguments: Any) -> Case:
    """With normally distributed samples: how well they calibrate does not matter here."""
    random = np.random.default_rng(0)
    proto = onnx.load_model_from_string(model)
    shapes, constants = arguments.get("input_shapes", {}), arguments.get("constants", {})
    stored = {tensor.name for tensor in proto.graph.initializer}
    ports = [p for p in proto.graph.input if p.name not in stored and p.name not in constants]

    def sample(port: onnx.ValueInfoProto) -> np.ndarray:
        tensor = port.type.tensor_type
        shape = shapes.get(port.name) or [max(1, dim.dim_value) for dim in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        return random.standard_normal(shape).astype(dtype)

    samples = [{port.name: sample(port) for port in ports} for _ in range(_SAMPLES)]
    return Case(name, model, samples, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
