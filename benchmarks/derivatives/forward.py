"""Forward mode against the same derivatives written by hand, and against the primal.

Each ratio is the median over pairs of times taken one right after the other.
"""

import math

import numba
import numpy as np

import fastad

from ..harness import common


@numba.njit
def polynomial(x):
    return ((((2.0 * x - 3.0) * x + 1.0) * x + 5.0) * x - 7.0) * x + 1.0


@numba.njit
def polynomial_slope(x):
    r, d = 2.0 * x - 3.0, 2.0
    r, d = r * x + 1.0, d * x + r
    r, d = r * x + 5.0, d * x + r
    r, d = r * x - 7.0, d * x + r
    return d * x + r


@numba.njit
def transcendental(x):
    return math.exp(math.sin(x)) / (1.0 + x * x) + math.log(x) * math.sqrt(x)


@numba.njit
def transcendental_slope(x):
    e, q, root = math.exp(math.sin(x)), 1.0 + x * x, math.sqrt(x)
    r = e / q
    return (e * math.cos(x) - r * 2.0 * x) / q + root / x + math.log(x) * 0.5 / root


def dense(a, b, c, d, e, f, g, h):
    u = a * b + c * d
    v = e * f - g * h
    p = u * v + a * h
    q = math.sqrt(1.0 + p * p)
    r = q / (1.0 + u * u)
    return r * math.exp(-v * v) + q * p


def dense_gradient():
    """Return the gradient of `dense`: forward mode, each partial a line of floats."""
    names = "abcdefgh"
    lines = [f"{n}_{i} = {float(n == m)}" for n in names for i, m in enumerate(names)]

    def statement(name, value, tangent):
        lines.append(f"{name} = {value}")
        lines.extend(f"{name}_{i} = {tangent.replace('@', str(i))}" for i in range(8))

    statement("u", "a * b + c * d", "b * a_@ + a * b_@ + d * c_@ + c * d_@")
    statement("v", "e * f - g * h", "f * e_@ + e * f_@ - h * g_@ - g * h_@")
    statement("p", "u * v + a * h", "v * u_@ + u * v_@ + h * a_@ + a * h_@")
    statement("q", "math.sqrt(1.0 + p * p)", "p * p_@ / q")
    lines.append("k = 1.0 + u * u")
    statement("r", "q / k", "(q_@ - r * 2.0 * u * u_@) / k")
    lines.append("E = math.exp(-v * v)")
    total = [f"E * r_{i} - r * E * 2.0 * v * v_{i} + p * q_{i} + q * p_{i}" for i in range(8)]
    lines.append(f"return ({', '.join(total)})")
    scope = {"math": math}
    exec(f"def by_hand({', '.join(names)}):\n    " + "\n    ".join(lines), scope)
    return numba.njit(scope["by_hand"])


@numba.njit
def correlations(x):
    n = x.size
    y = np.empty_like(x)
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += x[j] * x[(i + j) % n]
        y[i] = s * s + x[i]
    return y


@numba.njit
def waves(x):
    y = np.empty_like(x)
    for i in range(x.size):
        s = 0.0
        for j in range(x.size):
            s += math.sin(x[j] * x[i])
        y[i] = s
    return y


def over_numbers(g):
    """Return a loop that adds g over an array."""

    @numba.njit
    def run(x):
        total = 0.0
        for v in x:
            total += g(v)
        return total

    return run


def over_rows(g):
    """Return a loop that adds the eight partials of g over rows."""

    @numba.njit
    def run(rows):
        total = 0.0
        for i in range(rows.shape[0]):
            r = rows[i]
            for v in g(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]):
                total += v
        return total

    return run


class ForwardAgainstByHand:
    """A derivative by Jets over the same derivative written out in floats: at most 1.1."""

    params = common.pick(
        ("polynomial", "transcendental", "gradient in 8 variables"), ("polynomial",)
    )
    param_names = ("function",)
    unit = "times"
    timeout = 300

    def setup(self, function):
        rng = np.random.default_rng(0)
        self.data = rng.random(100_000) + 0.5
        if function == "polynomial":
            pair = over_numbers(fastad.derivative(polynomial)), over_numbers(polynomial_slope)
        elif function == "transcendental":
            pair = (
                over_numbers(fastad.derivative(transcendental)),
                over_numbers(transcendental_slope),
            )
        else:
            self.data = rng.normal(size=(4000, 8))
            gradient = fastad.grad(dense, argnums=tuple(range(8)))
            pair = over_rows(gradient), over_rows(dense_gradient())
        self.ours, self.by_hand = pair
        if not math.isclose(self.ours(self.data), self.by_hand(self.data), rel_tol=1e-9):
            raise AssertionError("the two derivatives differ")

    def track_ratio(self, function):
        return common.ratio(lambda: self.ours(self.data), lambda: self.by_hand(self.data))


class JacobianOf64Inputs:
    """Time of the Jacobian per partial over the primal's time: at most 1.5."""

    params = common.pick(("correlations", "waves"), ("waves",))
    param_names = ("function",)
    unit = "times"
    timeout = 300

    def setup(self, function):
        self.primal = {"correlations": correlations, "waves": waves}[function]
        self.jacobian = fastad.jacobian(self.primal)
        self.x = np.random.default_rng(0).random(64)

    def track_ratio_per_partial(self, function):
        return common.ratio(lambda: self.jacobian(self.x), lambda: self.primal(self.x)) / 64


if __name__ == "__main__":
    for suite, method in (
        (ForwardAgainstByHand, "track_ratio"),
        (JacobianOf64Inputs, "track_ratio_per_partial"),
    ):
        for name in suite.params:
            case = suite()
            case.setup(name)
            print(f"{suite.__name__:24}{name:28}{getattr(case, method)(name):8.3f}")
