"""From a MIL program to an .mlpackage folder, with coremltools."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgert._text import reason
from edgert.errors import Error
from edgert_compiler.faults import fault
from edgert_targets.coreml.mil.images import ImageInput

SPEC = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"

# What coremltools may do to a program: nothing that changes a weight. Passes that are left out here
# do not run in its backend either.
_PASSES = (
    "common::cast_optimization",
    "common::noop_elimination",
    "common::fuse_linear_bias",
    "common::const_deduplication",
    "common::remove_redundant_ops",
    "common::dedup_op_and_var_names",
    "common::topological_reorder",
    "common::dead_code_elimination",
)


@dataclass(frozen=True)
class Description:
    """What a package says about the model beside computing it.

    Attributes:
        images: the inputs that take images, by name.
        labels: class names; with them the model is a classifier.
        probabilities: the output that has one number per label, "" without labels.
        author, version, license, summary: shown by Xcode.
        metadata: user-defined entries.
    """

    images: Mapping[str, ImageInput] = field(default_factory=dict)
    labels: Sequence[str] = ()
    probabilities: str = ""
    author: str = ""
    version: str = ""
    license: str = ""
    summary: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


def package(program: Any, ios: int, description: Description) -> dict[str, bytes]:
    """The files of the package of a MIL program. The same program gives the same bytes."""
    with _quiet():
        model = _convert(program, ios, description)
        spec = model.get_spec()
        _set_metadata(spec.description.metadata, description)
        files = _files(model, spec.SerializeToString(deterministic=True))
        _read_back(files, Path(model.package_path))
        return files


def _read_back(files: Mapping[str, bytes], folder: Path) -> None:
    """Reads the program with coremltools, types and weights included; `folder` has the latter."""
    from coremltools.converters.mil.frontend.milproto.load import load
    from coremltools.proto import Model_pb2

    spec = Model_pb2.Model()
    spec.ParseFromString(files[SPEC])
    weights = (folder / WEIGHTS).parent
    try:
        load(spec, spec.specificationVersion, file_weights_dir=str(weights))
    except Exception as error:  # it has no exceptions of its own
        raise fault(f"coremltools would not read the package: {reason(error)}") from error


def operations(files: Mapping[str, bytes]) -> dict[str, int]:
    """How many of each operation the program has, the most frequent first, without constants."""
    from coremltools.proto import Model_pb2

    spec = Model_pb2.Model()
    spec.ParseFromString(files[SPEC])
    (function,) = spec.mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    counts = Counter(operation.type for operation in block.operations)
    return {name: n for name, n in counts.most_common() if not name.startswith("const")}


def check_coremltools() -> None:
    """Raises Error that says what to install where coremltools is missing or cannot write."""
    with _quiet():
        try:
            from coremltools.libmilstoragepython import _BlobStorageWriter  # noqa: F401
        except ImportError as error:
            raise Error(
                f"the Core ML target needs coremltools 8 or later ({error}): "
                "pip install 'edgert[coreml]' on macOS or Linux x86_64"
            ) from None


def _convert(program: Any, ios: int, description: Description) -> Any:
    import coremltools

    images = [_image_type(name, image) for name, image in description.images.items()]
    with contextlib.redirect_stderr(io.StringIO()):  # tqdm's progress bars
        return coremltools.convert(
            program,
            source="milinternal",
            convert_to="mlprogram",
            inputs=images or None,
            minimum_deployment_target=getattr(coremltools.target, f"iOS{ios}"),
            compute_precision=coremltools.precision.FLOAT32,
            classifier_config=_classifier(description),
            pass_pipeline=coremltools.PassPipeline(list(_PASSES), "edgert"),
            skip_model_load=True,
        )


def _set_metadata(metadata: Any, description: Description) -> None:
    metadata.author = description.author
    metadata.versionString = description.version
    metadata.license = description.license
    metadata.shortDescription = description.summary
    metadata.userDefined.clear()  # coremltools puts the date there
    metadata.userDefined.update(description.metadata)


def _files(model: Any, spec: bytes) -> dict[str, bytes]:
    """As coremltools lays them out, with identifiers that depend on the content alone."""
    folder = Path(model.package_path)
    manifest = json.loads((folder / "Manifest.json").read_text(encoding="utf-8"))
    items = manifest["itemInfoEntries"]
    digest = hashlib.sha256(spec).hexdigest()
    identifiers = {
        old: str(uuid.uuid5(uuid.NAMESPACE_OID, digest + item["path"])).upper()
        for old, item in items.items()
    }
    manifest["itemInfoEntries"] = {identifiers[old]: item for old, item in items.items()}
    manifest["rootModelIdentifier"] = identifiers[manifest["rootModelIdentifier"]]
    files = {"Manifest.json": json.dumps(manifest, indent=4, sort_keys=True).encode(), SPEC: spec}
    weights = folder / WEIGHTS
    if weights.exists():
        files[WEIGHTS] = weights.read_bytes()
    return files


def _image_type(name: str, image: ImageInput) -> Any:
    import coremltools

    layout = getattr(coremltools.colorlayout, image.color_layout)
    return coremltools.ImageType(
        name=name, shape=image.shape, color_layout=layout, channel_first=True
    )


def _classifier(description: Description) -> Any:
    import coremltools

    if not description.labels:
        return None
    return coremltools.ClassifierConfig(
        list(description.labels), predicted_probabilities_output=description.probabilities
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without coremltools' remarks on missing macOS frameworks, its warnings and progress bars."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
