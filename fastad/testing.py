"""Check derivatives: against divided differences, and against each other.

Notes
-----
Three tests in random directions, each of which a wrong derivative fails with probability one:
the tangent ``J v`` against a divided difference of five points; the inner product
``<w, J v> = <w J, v>``; for second derivatives the same of the gradient, and the
symmetry ``<u, H v> = <v, H u>``.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.2.
Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988.
"""

import numpy as np

from .drivers import grad, hvp, jvp, vjp

__all__ = ["check_grads"]


def check_grads(
    f, args, argnums=None, *, order=2, modes=("forward",), rtol=1e-6, atol=1e-8, step=1e-3, seed=0
):
    """Raise if a derivative of a function disagrees with divided differences.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function; its result is a float or an array of floats.
    args : tuple
        The point, away from kinks by more than twice the step.
    argnums : int or tuple of int, optional
        The arguments to differentiate by; all floats and arrays of floats by default.
    order : {1, 2}
        2 also checks second derivatives, where f returns a float.
    modes : tuple of str
        The modes of the drivers to check.
    rtol, atol : float
        Allowed errors, relative to the size of what is compared and absolute.
    step : float
        Step of the divided difference, relative to the size of each argument (at least 1).
    seed : int
        Of the random directions.

    Raises
    ------
    AssertionError
        Naming the test that failed, the mode, what was expected and what came.
    ValueError
        If order is not 1 or 2, or no argument can be differentiated.

    Examples
    --------
    >>> import math
    >>> from fastad.testing import check_grads
    >>> check_grads(lambda x, y: x * math.sin(y), (1.0, 2.0))
    """
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    if argnums is None:
        argnums = tuple(i for i, a in enumerate(args) if _is_float(a))
        if not argnums:
            raise ValueError("no argument is a float or an array of floats")
    elif isinstance(argnums, int):
        argnums = (argnums,)
    rng = np.random.default_rng(seed)
    directions = [_like(args[i], rng) for i in argnums]
    scalar = np.ndim(f(*_copies(args))) == 0
    for mode in modes:
        compare = _Comparison(mode, rtol, atol)
        value, along = jvp(f, argnums, mode=mode)(*_copies(args), *directions)
        compare("value", f(*_copies(args)), value)
        wanted = _difference(f, args, argnums, directions, step)
        compare("jvp against a divided difference", wanted, along)
        weights = _like(along, rng)
        _, back = vjp(f, argnums, mode=mode)(*_copies(args), weights)
        compare(
            "vjp against jvp, <w, Jv> = <wJ, v>",
            _inner([weights], [along]),
            _inner(back, directions),
        )
        if order == 2 and scalar:
            _check_second(f, args, argnums, directions, step, rng, mode, compare)


def _check_second(f, args, argnums, directions, step, rng, mode, compare):
    gradient = grad(f, argnums, mode=mode)
    product = hvp(f, argnums, mode=mode)
    hv = product(*_copies(args), *directions)
    for i, got in enumerate(hv):
        wanted = _difference(lambda *a: gradient(*a)[i], args, argnums, directions, step)  # noqa: B023
        compare(f"hvp against a divided difference, argument {argnums[i]}", wanted, got)
    others = [_like(args[i], rng) for i in argnums]
    hu = product(*_copies(args), *others)
    compare("symmetry, <u, Hv> = <v, Hu>", _inner(others, hv), _inner(directions, hu))


class _Comparison:
    def __init__(self, mode, rtol, atol):
        self.mode, self.rtol, self.atol = mode, rtol, atol

    def __call__(self, what, wanted, got):
        wanted, got = np.asarray(wanted, dtype=float), np.asarray(got, dtype=float)
        allowed = self.atol + self.rtol * np.max(np.abs(wanted), initial=0.0)
        if wanted.shape != got.shape or not (np.abs(wanted - got) <= allowed).all():
            raise AssertionError(f"{what} (mode {self.mode!r}): expected {wanted}, got {got}")


def _is_float(a):
    return isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype.kind == "f")


def _like(a, rng):
    return rng.normal(size=np.shape(a)) if isinstance(a, np.ndarray) else float(rng.normal())


def _copies(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def _inner(left, right):
    return sum(np.sum(np.asarray(a) * np.asarray(b)) for a, b in zip(left, right, strict=True))


def _difference(f, args, argnums, directions, step):
    """Return the central difference of five points, whose error is O(step**4)."""
    sizes = [np.max(np.abs(args[i]), initial=1.0) for i in argnums]
    h = step * min(sizes)

    def moved(t):
        at = _copies(args)
        for i, d in zip(argnums, directions, strict=True):
            at[i] = at[i] + t * d
        return np.asarray(f(*at), dtype=float)

    return (8.0 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12.0 * h)
