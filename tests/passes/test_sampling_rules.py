"""DeformConv, AffineGrid and old RoiAlign: before and after."""

import numpy as np
import pytest

from edgert_compiler.importer import load_model
from edgert_compiler.passes import optimize

from .cases import Case, build, ints, normal

CASES = [
    Case(
        "affine_grid",
        "(float[2,2,3] t) => (float[2,4,5,2] y)",
        "y = AffineGrid(t, s)",
        "edgert.Gemm Transpose Reshape",
        {"s": ints(2, 3, 4, 5)},
        opset=20,
    ),
    Case(
        "deform_conv",
        "(float[1,4,6,6] x, float[1,8,5,5] o) => (float[1,3,5,5] y)",
        "y = DeformConv(x, w, o)",
        "Reshape Slice Add Mul Add Slice Add Mul Add Concat Transpose GridSample "
        "Transpose Reshape edgert.Gemm Reshape Transpose",
        {"w": normal(3, 4, 2, 2)},
        opset=19,
    ),
    Case(
        "grid_sample_mode",
        "(float[1,4,6,6] x, float[1,3,5,2] g) => (float[1,4,3,5] y)",
        'y = GridSample<mode = "bilinear", padding_mode = "border">(x, g)',
        "GridSample",
        opset=16,
    ),
    Case(
        "roi_align_mode",
        "(float[1,4,8,8] x, float[2,4] r) => (float[2,4,2,2] y)",
        "y = RoiAlign<output_height=2, output_width=2, sampling_ratio=2>(x, r, i)",
        "RoiAlign",
        {"i": np.zeros(2, np.int64)},
        opset=10,
    ),
]


@pytest.mark.parametrize("case", [c for c in CASES if c.rule != "roi_align_mode"], ids=str)
def test_sampling_rule(case, caplog):
    case.check(caplog)


def test_old_roi_align_says_its_coordinates():
    """onnxruntime has no RoiAlign of the newest opset; tests/ops/test_sampling.py has numbers."""
    case = next(c for c in CASES if c.rule == "roi_align_mode")
    model = optimize(load_model(build(case.signature, case.body, case.opset, **case.constants)))
    [node] = model.graph
    assert node.attributes["coordinate_transformation_mode"].value == "output_half_pixel"
    assert node.version > 16
