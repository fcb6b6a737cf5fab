"""The field's old tests: what every text on automatic differentiation shows.

Run: python examples/classic_derivatives.py
"""

import math
import time

import numba
import numpy as np
import scipy.integrate

import fastad
from fastad import Dual, derivative, grad, hessian, jacobian, newton, value_and_grad


def textbook(x1, x2):
    """The function of every text."""
    return x1 * x2 + math.sin(x1)


def polynomial(x):
    """P(x) = 2 x**3 - x + 4 by Horner's rule."""
    return (2.0 * x * x - 1.0) * x + 4.0


@numba.njit
def rosenbrock(x):
    """Rosenbrock's valley in any number of dimensions."""
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@numba.njit
def robertson(t, y):
    """Robertson's chemical reaction (1966): rates from 4e-2 to 3e7."""
    out = np.empty_like(y)
    out[0] = -0.04 * y[0] + 1e4 * y[1] * y[2]
    out[2] = 3e7 * y[1] ** 2
    out[1] = -out[0] - out[2]
    return out


def by_every_mode():
    """Print the gradient of the textbook function, by every mode."""
    print("f(x1, x2) = x1 x2 + sin(x1) at (2, 3); its gradient is (3 + cos 2, 2)")
    for mode in ("forward", "tape", "source"):
        value, gradient = value_and_grad(textbook, (0, 1), mode=mode)(2.0, 3.0)
        print(f"  {mode:8} {value:.15f}  ({gradient[0]:.15f}, {gradient[1]:.15f})")
    x1, x2 = Dual(2.0, 1.0), Dual(3.0, 0.0)
    print(f"  by hand, with a dual number: {x1 * x2 + fastad.sin(x1)}")


def dual_polynomial():
    """Print P(x + d) = P(x) + P'(x) d."""
    r = polynomial(Dual(3.0, 1.0))
    print(f"P(3 + d) = {r.value:g} + {r.tangent:g} d, for P(x) = 2 x**3 - x + 4")


inner = derivative(lambda y, x: x + y)


def confusion():
    """Print d/dx (x d/dy (x + y)), which is 1; 2 where perturbations are confused."""
    print("d/dx (x d/dy (x + y)) =", derivative(lambda x: x * inner(1.0, x))(3.0))


def valley():
    """Print the largest errors of Rosenbrock's derivatives in 2 to 1000 dimensions."""
    gradient, second = grad(rosenbrock), hessian(rosenbrock)
    for n in (2, 10, 100, 1000):
        x = np.random.default_rng(n).normal(size=n)
        g, h = np.zeros(n), np.zeros((n, n))
        i, r = np.arange(n - 1), x[1:] - x[:-1] ** 2
        g[:-1] += -400.0 * x[:-1] * r - 2.0 * (1.0 - x[:-1])
        g[1:] += 200.0 * r
        h[i, i] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
        h[i + 1, i + 1] += 200.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[:-1]
        errors = (abs(gradient(x) - g).max() / abs(g).max(), abs(second(x) - h).max() / h.max())
        print(f"Rosenbrock, n = {n}: errors of gradient {errors[0]:.0e}, Hessian {errors[1]:.0e}")


def newton_digits():
    """Print the correct digits of Newton's iterates: they double."""
    root = math.sqrt(2.0)
    print("Newton's method for x**2 = 2 from 1: correct digits")
    for x in newton(lambda x: x * x - 2.0, 1.0).iterates[:6]:
        error = abs(x - root) / root
        print(f"  {x:.15f}  {'all' if error == 0 else f'{-math.log10(error):.1f}'}")


def stiff():
    """Return and print SciPy's evaluations and seconds with fastad's Jacobian and without.

    The evaluations of f are counted here: SciPy's ``nfev`` leaves out those for its divided
    differences.
    """
    slope, found = jacobian(robertson, argnums=1), []
    y0, count = np.array([1.0, 0.0, 0.0]), 0

    def counted(t, y):
        nonlocal count
        count += 1
        return robertson(t, y)

    def solve(f, jac):
        options = {"method": "BDF", "jac": jac, "rtol": 1e-8, "atol": 1e-12}
        return scipy.integrate.solve_ivp(f, (0.0, 1e8), y0, **options)

    slope(0.0, y0)
    for jac in (None, slope):
        count, times = 0, []
        solution = solve(counted, jac)
        for _ in range(5):
            begin = time.perf_counter()
            solve(robertson, jac)
            times.append(time.perf_counter() - begin)
        found.append((count, solution.njev, min(times)))
        name = "fastad's Jacobian" if jac else "SciPy's differences"
        print(
            f"Robertson to t = 1e8, {name}: {count} evaluations, "
            f"{solution.njev} Jacobians, {min(times):.3f} s"
        )
    return found


def main():
    """Run all."""
    by_every_mode()
    dual_polynomial()
    confusion()
    valley()
    newton_digits()
    stiff()


if __name__ == "__main__":
    main()
