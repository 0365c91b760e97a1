"""The cases that all runtimes get: ONNX's node suite, some of each operator, and networks."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx

Arrays = Mapping[str, np.ndarray]

DTYPES = {np.dtype(name) for name in ("float32", "int32", "int64", "bool")}
PER_OPERATOR = 6
NETWORKS = "Networks"


@dataclass(frozen=True, eq=False)
class Case:
    """A model, its inputs by name, and the outputs to expect in order.

    Attributes:
        operator: what the case is about; NETWORKS for several.
        rtol, atol: of float32 cases, as in `numpy.testing.assert_allclose`.
        calibration: feeds that make it an INT8 case; empty: float32.
        noise: of INT8 cases, the most root mean square error by the outputs' standard deviation.
    """

    name: str
    operator: str
    model: onnx.ModelProto
    feed: Arrays
    expected: Sequence[np.ndarray]
    rtol: float = 1e-3
    atol: float = 1e-5
    calibration: Sequence[Arrays] = field(default=())
    noise: float = 0.1


@functools.cache
def cases() -> Mapping[str, Case]:
    """All, by name."""
    from .networks import networks

    return {case.name: case for case in (*_node_cases(), *networks())}


def sample() -> list[Case]:
    """The first case of each operator, and all networks."""
    first = {case.operator: case for case in reversed(cases().values())}
    return [c for c in cases().values() if c.operator == NETWORKS or first[c.operator] is c]


def _node_cases() -> Iterator[Case]:
    """Up to PER_OPERATOR cases of each operator, spread evenly over those that the suite has.

    Those of one operator of ONNX's own domain whose inputs and outputs are tensors of DTYPES; not
    the cases of functions' bodies.
    """
    by_operator: dict[str, list[Case]] = {}
    for test in _suite():
        if (case := _node_case(test)) is not None:
            by_operator.setdefault(case.operator, []).append(case)
    for operator in sorted(by_operator, key=str.lower):
        found = by_operator[operator]
        count = min(len(found), PER_OPERATOR)
        yield from (found[i * len(found) // count] for i in range(count))


def _suite() -> list:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the generators, which overflow on purpose
        from onnx.backend.test.case.node import collect_testcases

        return sorted(collect_testcases(None), key=lambda test: test.name)


def _node_case(test) -> Case | None:
    nodes = [node for node in test.model.graph.node if node.op_type != "Constant"]
    inputs, outputs = test.data_sets[0]
    if (
        "_expanded" in test.name
        or len({node.op_type for node in nodes}) != 1
        or any(node.domain for node in nodes)
        or not all(isinstance(x, (np.ndarray, np.generic)) for x in (*inputs, *outputs))
        or not DTYPES.issuperset(x.dtype for x in (*inputs, *outputs))
    ):
        return None
    return Case(
        test.name.removeprefix("test_"),
        nodes[0].op_type,
        test.model,
        {value.name: np.asarray(x) for value, x in zip(test.model.graph.input, inputs)},
        [np.asarray(y) for y in outputs],
        rtol=test.rtol,
        atol=max(test.atol, Case.atol),
    )
