"""`edgert.compile`.

Importing this imports no dependency of the compiler, so that a runtime without them can say what is
missing, and what the options are.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgert._extras import compiler_needed
from edgert._files import check_writable, write_atomically
from edgert._text import did_you_mean
from edgert.errors import CompileError, InputError
from edgert.preprocess import Preprocess
from edgert_compiler.arguments import check_mappings, check_size, check_text
from edgert_compiler.folders import check_folder_writable, write_folder_atomically
from edgert_compiler.port_types import DECLARED
from edgert_compiler.progress import Progress, shown
from edgert_compiler.quantization.observers import DEFAULT as DEFAULT_OBSERVER
from edgert_compiler.quantization.observers import find_observer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx

    from edgert_compiler import pipeline
    from edgert_compiler.backend import Artifact, Backend
    from edgert_compiler.report import CompileReport
    from edgert_targets import Target

PRECISIONS = ("auto", "int8", "fp32", "fp16")


def compile(  # noqa: A001  (the public name)
    model: str | os.PathLike[str] | bytes | onnx.ModelProto,
    *,
    target: str | None = None,
    precision: str = "auto",
    calibration: object | None = None,
    preprocess: Preprocess | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | Sequence[Mapping[str, Sequence[int]]] | None = None,
    constants: Mapping[str, npt.ArrayLike] | None = None,
    output: str | os.PathLike[str] | None = None,
    state: Mapping[str, str] | None = None,
    initial_state: Mapping[str, np.ndarray] | None = None,
    max_ram: int | None = None,
    keep_intermediates: bool = False,
    observer: str = DEFAULT_OBSERVER,
    labels: Sequence[str] = (),
    io_type: str | Mapping[str, str] | None = None,
    io_layout: str | None = None,
    target_options: Mapping[str, str] | None = None,
    progress: Progress | bool | None = None,
) -> CompileReport:
    """Compiles an ONNX model to a bundle, or to what the target writes.

    Args:
        model: path of an .onnx file, its bytes, or a loaded model.
        target: name of a target, see `edgert targets`; None: the one that writes files with the
            suffix of `output`, as "tflite" writes .tflite, and "host" for bundles.
        precision: "int8": int8 wherever that is possible; with calibration data throughout, without
            it int8 weights, and activations quantized while running where that pays. A model with
            Q/DQ nodes is computed as they say. "fp32": float only. "fp16": float, with weights that
            are stored in float16; Core ML computes in float16, too. "auto": the same as "int8".
        calibration: typical inputs: an iterable of {name: array}, an onnxruntime
            CalibrationDataReader, or the path of an .npz file, of a folder of .npy or .npz files,
            of images (with `preprocess`), or of ONNX `test_data_set_*` folders.
        preprocess: how images become inputs; what `edgert.preprocess.Preprocess.parse` takes. It is
            stored in the bundle.
        input_shapes: shapes of inputs whose dimensions the model leaves open, by input name. A
            sequence of several such sets makes one bundle for all of them: a session takes the one
            that fits the arrays it is given. Constants are shared, calibration data has the shapes
            of the first set.
        constants: values for inputs that are the same at every run, by input name: they become part
            of the bundle, as if the model had them as initializers. Weights, shapes, axes and the
            like must be known when compiling; a model that has them as inputs compiles so. Arrays
            of the input's type and shape, or numbers, which become such.
        state: {output: input} of streaming models: what the output gives in one run, the input
            reads in the next. Both leave the session's inputs and outputs, the value stays in the
            arena. Calibration data then lacks these inputs, and its samples are taken in order.
        initial_state: {input: array} for states that do not start as zeros.
        max_ram: the most bytes that the arena may have: all intermediate results and states. Not
            counted: the bundle itself, which is mapped; the caller's inputs and outputs; tables and
            scratch memory of the kernels (`InferenceSession.memory_bytes` has the latter).
        keep_intermediates: gives every intermediate result memory of its own, so that
            `InferenceSession.read_tensor` finds it after a run: for debugging. The arena is larger;
            results are the same.
        output: where to write the bundle; None: only `report.bundle`. A file that is there is
            replaced, anything else is left alone. Of a target that writes several kinds of files,
            the suffix chooses; a bundle may have any suffix that no other target's files have.
        observer: how ranges are chosen from calibration data: "min_max", "percentile", "mse".
        labels: class names to store in the bundle, one for each class; by default those of a
            classifier whose labels are strings.
        io_type: element type of float inputs and outputs: "float32", "int8" or "uint8"; 8 bits need
            calibration data, or Q/DQ nodes that describe the port. {port: type} chooses one for
            each, by name or for all "inputs" or "outputs"; others stay float32. 8-bit ports tell
            their scale and zero point (`NodeArg.quantization`). Not of every target, and the same
            as target option `io_type`, whose text is as "inputs=uint8,scores=int8".
        io_layout: "nhwc": images go in and come out with their channels last; "onnx": as the model
            has them, the default. Not of every target; the same as target option `io_layout`.
        target_options: the target's own options, see `edgert targets`.
        progress: what is told about stages and calibration samples; True: a bar on stderr with the
            time left; False: nothing. By default a bar in notebooks and terminals.

    Returns:
        The report; `report.bundle` has the bytes.

    Raises:
        Error: `output` cannot be written, which is found out before the work, or a dependency of
            the compiler is not installed.
        UnsupportedOpError: the model has nodes that edgert cannot compute; all are listed.
        CompileError: the model is invalid, cannot be compiled as asked, exceeds `max_ram`, or has
            another number of classes than there are labels.
        InputError: calibration data or preprocessing do not fit the model, or `labels` are no
            texts.
    """
    with compiler_needed():
        from edgert_compiler import pipeline
        from edgert_compiler.report import make_report
        from edgert_compiler.state import state_bindings
    from edgert_targets import choose

    check_text(target=target, precision=precision, observer=observer, io_layout=io_layout)
    check_mappings(
        constants=constants, state=state, initial_state=initial_state, target_options=target_options
    )
    check_size(max_ram=max_ram)
    found = choose(target, output)
    backend = _backend(found, precision, output, _options(io_type, io_layout, target_options))
    find_observer(observer)
    if output is not None:
        sources = {
            "the model": model,
            "the calibration data": calibration,
            "the preprocessing": preprocess,
        }
        _check_output(output, found, sources)
    options = pipeline.Options(
        quantize=precision not in ("fp32", "fp16"),
        calibration=calibration,
        preprocess=None if preprocess is None else Preprocess.parse(preprocess),
        observer=observer,
        input_shapes=_shape_sets(input_shapes),
        constants=constants or {},
        labels=_labels(labels),
        states=state_bindings(state or {}, initial_state),
        max_ram=max_ram,
        keep_intermediates=keep_intermediates,
        precision=precision,
    )
    with shown(progress) as told:
        compiled = pipeline.compile_source(model, options, told, backend)
    if output is not None:
        _write(output, compiled.artifact)
    return make_report(
        compiled,
        found.name,
        compiled.artifact.precision or _computed_precision(compiled, options),
        "" if output is None else os.fspath(output),
        tuple(_notes(compiled, options)),
    )


def _backend(
    target: Target,
    precision: str,
    output: str | os.PathLike[str] | None,
    options: Mapping[str, str],
) -> Backend:
    if precision not in PRECISIONS:
        raise CompileError(
            f"unknown precision '{precision}'; known: {', '.join(PRECISIONS)}"
            f"{did_you_mean(precision, PRECISIONS)}"
        )
    chosen = target.check(precision, options)
    with compiler_needed():
        return target.backend(target.suffix(output), chosen)


def _options(
    io_type: str | Mapping[str, str] | None,
    io_layout: str | None,
    target_options: Mapping[str, str] | None,
) -> dict[str, str]:
    """All options of the target. Raises CompileError for one that is given twice."""
    options = dict(target_options or {})
    if isinstance(io_type, Mapping):
        io_type = ",".join(f"{port}={dtype}" for port, dtype in io_type.items()) or DECLARED
    for name, value in (("io_type", io_type), ("io_layout", io_layout)):
        if value is not None and options.setdefault(name, value) != value:
            raise CompileError(f"{name} and the target option of that name differ; give one")
    return options


def _labels(labels: Sequence[str]) -> tuple[str, ...]:
    sequence = isinstance(labels, Iterable) and not isinstance(labels, (str, bytes))
    if not sequence or not all(isinstance(label, str) for label in labels):
        raise InputError("labels are a sequence of texts, one for each class")
    return tuple(labels)


def _shape_sets(
    given: Mapping[str, Sequence[int]] | Sequence[Mapping[str, Sequence[int]]] | None,
) -> tuple[dict[str, tuple[int, ...]], ...]:
    sets = [given] if isinstance(given, Mapping) else given or [{}]
    try:
        return tuple({n: tuple(map(int, shape)) for n, shape in one.items()} for one in sets)
    except (AttributeError, TypeError, ValueError) as error:
        raise CompileError(
            f"input_shapes is {given!r}; give {{name: (1, 3, 224, 224)}}, or a sequence of these"
        ) from error


def _write(output: str | os.PathLike[str], artifact: Artifact) -> None:
    if artifact.files:
        write_folder_atomically(output, artifact.files)
    else:
        write_atomically(output, artifact.data)


def _check_output(
    output: str | os.PathLike[str], target: Target, sources: Mapping[str, object]
) -> None:
    """Before the work, what would make writing fail, or destroy what is read."""
    if target.suffix(output) in target.folders:
        check_folder_writable(output)
    else:
        check_writable(output)
    for what, source in sources.items():
        if isinstance(source, (str, os.PathLike)) and os.path.exists(output):
            with contextlib.suppress(OSError, ValueError):
                if os.path.samefile(source, output):
                    raise CompileError(f"'{os.fspath(output)}' is {what} itself; write elsewhere")


def _computed_precision(compiled: pipeline.Compiled, options: pipeline.Options) -> str:
    if not options.quantize:
        return options.precision
    static = compiled.prescribed or options.calibration is not None
    return "int8" if static else "dynamic"


def _notes(compiled: pipeline.Compiled, options: pipeline.Options) -> list[str]:
    notes = []
    if compiled.prescribed and not options.quantize:
        asked = options.precision
        notes.append(f"the Q/DQ nodes of the model were left out, as {asked} was asked for")
    if compiled.prescribed and options.quantize and options.calibration is not None:
        notes.append("the calibration data was not used: the model prescribes its quantization")
    return notes
