"""A scikit-learn model on a board: train, export and compile a forest, run it without scikit-learn.

pip install '.[examples]' ./compiler && python examples/tabular/demo.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

try:
    import numpy as np
    from skl2onnx import to_onnx
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import edgert
except ModuleNotFoundError as error:
    install = "pip install '.[examples]' ./compiler"
    sys.exit(f"{error.name} is not installed; run, in the clone: {install}")

BUNDLE = Path("build") / "demo" / "wine.edgert"
RUNS = 200


def main() -> None:
    """Trains, compiles, and compares labels and the time for one row."""
    data = load_wine()
    x, names = data.data.astype(np.float32), data.target_names[data.target]
    train_x, test_x, train_y, test_y = train_test_split(x, names, random_state=0)
    model = make_pipeline(StandardScaler(), RandomForestClassifier(100, random_state=0))
    model.fit(train_x, train_y)

    proto = to_onnx(model, train_x[:1])
    BUNDLE.parent.mkdir(parents=True, exist_ok=True)
    report = edgert.compile(proto, output=BUNDLE)
    for note in report.notes:
        print(f"note: {note}")

    session = edgert.InferenceSession(BUNDLE, num_threads=1)
    found = [session.labels[session.run(None, {"X": row[None]})[0][0]] for row in test_x]
    print(f"accuracy   {np.mean(found == test_y):.1%}")
    print(f"agreement  {np.mean(found == model.predict(test_x)):.1%} with scikit-learn")
    print(f"size       {report.bundle_bytes:,} bytes; ONNX {len(proto.SerializeToString()):,}")
    row = test_x[:1]
    ours = median_seconds(lambda: session.run(None, {"X": row}))
    theirs = median_seconds(lambda: model.predict(row))
    print(f"one row    {ours * 1e6:.0f} µs; scikit-learn {theirs * 1e6:.0f} µs")


def median_seconds(run: Callable[[], object]) -> float:
    """The median time of a call."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


if __name__ == "__main__":
    try:
        main()
    except edgert.Error as error:
        sys.exit(str(error))
