"""The trials of public functions: what they call right, wrong, unclear and not tried."""

import numpy as np
import pytest
from numba import njit

from benchmarks.public_code import find, report, trial


@njit
def distance(x, y):
    return np.sqrt(np.sum((x - y) ** 2))


@njit
def narrow(x, y):
    out = np.empty(x.size, np.float32)  # the differences are of float32, too
    for i in range(x.size):
        out[i] = x[i] / y[i]
    return out


@njit
def steps(x):
    return np.floor(x)


@njit
def fill(x, out):
    for i in range(x.size):
        out[i] = x[i] ** 3


def found(function):
    return find.Found("here", f"here.{function.__name__}", function)


@pytest.mark.parametrize("function", [distance, narrow, fill])
def test_right(function):
    result = trial.run(found(function))
    assert result["verdict"] == "right"
    assert report.by_source(result)


def test_a_wrong_derivative_is_seen(monkeypatch):
    derivative = trial.derivative

    def off(point, rng):
        driver, bars, weights = derivative(point, rng)
        bars[0][1] *= 1.0 + 1e-5
        return driver, bars, weights

    monkeypatch.setattr(trial, "derivative", off)
    result = trial.run(found(distance))
    assert result["verdict"] == "wrong"
    assert [w[:2] for w in result["wrong"]] == [[0.0, 1.0]]


def test_what_depends_on_no_float_is_not_tried():
    assert trial.run(found(steps))["verdict"] == "not tried"


def test_reasons_have_no_places():
    why = "fastad: cannot take grad of f (a.py:1). By source: line 7 of /x/a.py: List is not taken."
    result = {"verdict": "refused", "why": why + " By forward: something else."}
    assert report.reason(result) == "List is not taken"
