"""Buffers that are kept from pass to pass."""

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture

from fastgmm import make_mixture
from fastgmm.passes.buffers import BuffersOfPass
from fastgmm.passes.sources import ArraySource

K, D = 3, 2


def results(X, mixture, covariance_type):
    """Return what passes over rows find, to be compared bit by bit."""
    source = ArraySource(X)
    found = []
    for mode in ("soft", "hard", "random"):
        found += source.statistics(mixture, covariance_type, mode=mode, seed=3)[:6]
    for name, shape in (("scores", len(X)), ("resp", (len(X), K)), ("labels", len(X))):
        out = np.empty(shape, np.int64 if name == "labels" else X.dtype)
        source.scores(mixture, covariance_type, {name: out})
        found.append(out)
    return found


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_a_pass_leaves_in_its_buffers_changes_no_bit(covariance_type, dtype, monkeypatch):
    monkeypatch.setattr(BuffersOfPass, "_kept", {})
    X, mixture = blobs(70, D).astype(dtype), random_mixture(covariance_type, K, D)
    expected = results(X, mixture, covariance_type)
    assert BuffersOfPass._kept
    for buffers in BuffersOfPass._kept.values():
        gathered = buffers.gathered._asdict() if buffers.gathered else {}
        for name, array in {**buffers._asdict(), **gathered}.items():
            # Nothing writes the rest of these, and it is multiplied by zero.
            if name in ("phi", "whitened", "scaled") and array is not None:
                array[:, : 1 + D] = 7
            elif name not in ("gathered", "flat", "most", "group") and array is not None:
                array.fill(1)
    for a, b in zip(results(X, mixture, covariance_type), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_buffers_of_rows_about_a_shift_are_kept(monkeypatch):
    monkeypatch.setattr(BuffersOfPass, "_kept", {})
    tight = make_mixture([0.5, 0.5], [[0.0], [1.0]], [[[1e-12]], [[1.0]]])
    ArraySource(blobs(50, 1)).statistics(tight, "full")
    assert not BuffersOfPass._kept
