import math

import numpy as np
import pytest

import fastad.testing
from fastad.testing import check_grads


def smooth(x, a, n):
    total = 0.0
    for i in range(n):
        total += a[i] * math.exp(-x * x * i) + math.lgamma(1.5 + a[i] ** 2)
    return total


def field(x):
    return np.sin(x) * x[::-1]


def test_right_derivatives_pass():
    check_grads(smooth, (0.7, np.array([1.0, -0.4, 2.0]), 3))
    check_grads(smooth, (0.7, np.array([1.0, -0.4, 2.0]), 3), argnums=1)
    check_grads(field, (np.array([0.3, 1.0, -2.0]),))


@pytest.mark.parametrize(
    ("driver", "spoilt", "message"),
    [
        ("jvp", lambda r: (r[0], r[1] * 1.001), "jvp against a divided difference"),
        ("jvp", lambda r: (r[0] + 1.0, r[1]), "value"),
        ("vjp", lambda r: (r[0], tuple(b * 1.001 for b in r[1])), "vjp against jvp"),
        ("hvp", lambda r: tuple(b + 0.01 for b in r), "hvp against a divided difference"),
    ],
)
def test_wrong_derivatives_are_found(monkeypatch, driver, spoilt, message):
    right = getattr(fastad.testing, driver)

    def wrong(*arguments, **options):
        g = right(*arguments, **options)
        return lambda *a: spoilt(g(*a))

    monkeypatch.setattr(fastad.testing, driver, wrong)
    with pytest.raises(AssertionError, match=message):
        check_grads(smooth, (0.7, np.array([1.0, -0.4, 2.0]), 3))


def test_wrong_requests_are_refused():
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        check_grads(smooth, (0.7,), order=3)
    with pytest.raises(ValueError, match="no argument is a float"):
        check_grads(smooth, (1, 2))
