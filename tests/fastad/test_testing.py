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


def absolute(x):
    return np.sum(np.abs(x) * np.exp(x))


POINT = (0.7, np.array([1.0, -0.4, 2.0]), 3)


def test_right_derivatives_pass():
    check_grads(smooth, POINT)
    check_grads(smooth, POINT, modes=("auto", "forward", "tape"))
    check_grads(field, (np.array([0.3, 1.0, -2.0]),), modes=("tape",))


def test_what_the_drivers_run_by_default_is_what_is_checked(monkeypatch):
    asked = []
    for name in ("jvp", "vjp", "hvp"):
        right = getattr(fastad.testing, name)

        def noted(f, argnums, mode, right=right, name=name):
            asked.append((name, mode))
            return right(f, argnums, mode=mode)

        monkeypatch.setattr(fastad.testing, name, noted)
    check_grads(smooth, POINT)
    assert asked == [("jvp", "auto"), ("vjp", "auto"), ("hvp", "auto")]


def test_the_complex_step_is_used_where_it_holds():
    x = np.array([0.3, 1.0, -2.0])
    exact = fastad.testing._complex_step(fastad.testing.numba.njit(field), (x,), (0,), [x])
    wanted = np.cos(x) * x * x[::-1] + np.sin(x) * x[::-1]
    np.testing.assert_allclose(exact, wanted, rtol=1e-15)
    # math.lgamma takes no complex number; np.abs does, and is not analytic.
    assert (
        fastad.testing._complex_step(fastad.testing.numba.njit(smooth), POINT, (0,), [1.0]) is None
    )
    check_grads(absolute, (x,), order=1, modes=("forward",))


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
        check_grads(smooth, POINT, modes=("forward",))


@pytest.mark.parametrize("driver", ["vjp", "hvp"])
def test_modes_that_disagree_are_found(monkeypatch, driver):
    right = getattr(fastad.testing, driver)

    def wrong(f, argnums, mode):
        g = right(f, argnums, mode="forward")
        if mode == "forward":
            return g

        def off(*a):  # by less than a divided difference shows
            r = g(*a)
            x_bar, a_bar = r[1] if driver == "vjp" else r
            bars = (x_bar, a_bar + 1e-7)
            return (r[0], bars) if driver == "vjp" else bars

        return off

    monkeypatch.setattr(fastad.testing, driver, wrong)
    with pytest.raises(AssertionError, match=r"mode 'tape'\)"):
        check_grads(smooth, POINT, modes=("forward", "tape"))


def test_wrong_requests_are_refused():
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        check_grads(smooth, (0.7,), order=3)
    with pytest.raises(ValueError, match="no argument is a float"):
        check_grads(smooth, (1, 2))
    with pytest.raises(ValueError, match="modes must be a tuple"):
        check_grads(smooth, POINT, modes="tape")
