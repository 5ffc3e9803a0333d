"""Runs every CASE.onnx of a folder on the inputs x1, x3 of CASE.npz and compares with y1, y3.

The error of a case is the root mean square of the difference over that of y, both in deviations of the training data
about their mean. Fails above 1e-5.
"""
import pathlib
import sys

import numpy as np
import onnxruntime

LIMIT = 1e-5

cases = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
worst = 0.0
for case in cases:
    session = onnxruntime.InferenceSession(str(case), providers=["CPUExecutionProvider"])
    (x,), (y,) = session.get_inputs(), session.get_outputs()
    assert (x.name, y.name) == ("x", "y"), (x.name, y.name)
    assert isinstance(x.shape[0], str) and isinstance(y.shape[0], str), (x.shape, y.shape)
    data = np.load(case.with_suffix(".npz"))
    error = 0.0
    for samples in (1, 3):
        wanted = data[f"y{samples}"]
        (found,) = session.run(["y"], {"x": data[f"x{samples}"]})
        assert found.shape == wanted.shape and list(found.shape[1:]) == y.shape[1:], (found.shape, wanted.shape)
        mean, unit = (a.reshape(-1, *[1] * (wanted.ndim - 2)) for a in data[f"scale{samples}"].T)
        difference, size = (found - wanted) / unit, (wanted - mean) / unit
        assert (size**2).mean() > 1e-3, "a network that says nothing shows nothing"
        error = max(error, float(np.sqrt((difference**2).mean() / (size**2).mean())))
    print(f"{case.stem:32} {error:.1e}")
    worst = max(worst, error if error == error else np.inf)
print(f"{len(cases)} networks, the largest error {worst:.1e}, accepted: {LIMIT:.0e}")
sys.exit(0 if cases and worst <= LIMIT else 1)
