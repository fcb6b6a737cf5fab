"""The peers' processes, and the adjoints by hand that gradients are measured against."""

import math

import numpy as np
import pytest

from benchmarks.derivatives import by_hand
from benchmarks.derivatives.objectives import OBJECTIVES
from benchmarks.harness import common
from benchmarks.peers import mixtures, process

SMALL = {
    "mixture": (3, 4, 20),
    "kmeans": (4, 30, 3),
    "least_squares": (50, 6),
    "logsumexp": (40,),
    "determinant": (4,),
    "runge_kutta": (6, 10),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTIVES)
def test_adjoints_by_hand_are_the_derivatives(name):
    by_hand.check(name, OBJECTIVES[name].data(*SMALL[name]))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_peers_reach_the_same_mixture(covariance_type):
    X = common.rows(1_000, 3, 4)
    start = common.start(X, 4, covariance_type)
    ours, theirs = (
        mixtures.PEERS[name](X, start, covariance_type)(2, 1)
        for name in ("fastgmm", "scikit-learn")
    )
    for name in start:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-8, atol=1e-10)


def test_a_peer_that_cannot_take_part_says_why(monkeypatch):
    monkeypatch.delenv("FASTGMM_PEERS", raising=False)
    monkeypatch.delenv("FASTGMM_PEER_ONEDAL", raising=False)
    entries = [("fastgmm", 1), ("scikit-learn", 1), ("oneDAL", 1)]
    found = process.compare((500, 2, 3, "tied", "float64"), entries, seconds=0.0, least=1)
    ours, theirs, onedal = found
    assert "daal4py" in onedal["skipped"] or "tied" in onedal["skipped"]
    assert onedal["seconds"] == []
    assert ours["median"] > 0.0
    assert theirs["median"] > 0.0
    assert math.isclose(ours["log_likelihood"], theirs["log_likelihood"], rel_tol=1e-9)


def test_another_mixture_is_no_peer():
    found = [
        {"peer": "a", "log_likelihood": -3.0},
        {"peer": "b", "log_likelihood": -3.1},
        {"peer": "c", "log_likelihood": float("nan")},
        {"peer": "d", "log_likelihood": -3.0 - 1e-9},
    ]

    class Process:
        skipped = None

    process._exclude(found, dict.fromkeys("abcd", Process), "float64")
    assert ["skipped" in entry for entry in found] == [False, True, True, False]
