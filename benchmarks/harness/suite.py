"""Ten test functions of any dimension, each as a loop and as an array program.

The loops are what fastad differentiates; the array programs, over a namespace ``xp`` of NumPy's
names, are for tools that trace arrays.  All are well-known test functions of optimisation.

References
----------
Moré, Garbow and Hillstrom, "Testing unconstrained optimization software", ACM Trans. Math.
Softw. 7, 1981; Surjanovic and Bingham, "Virtual library of simulation experiments".
"""

import math


def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_arrays(xp, x):
    return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rastrigin(x):
    s = 10.0 * x.size
    for i in range(x.size):
        s += x[i] ** 2 - 10.0 * math.cos(2.0 * math.pi * x[i])
    return s


def rastrigin_arrays(xp, x):
    return 10.0 * x.size + xp.sum(x**2 - 10.0 * xp.cos(2.0 * math.pi * x))


def ackley(x):
    square = wave = 0.0
    for i in range(x.size):
        square += x[i] ** 2
        wave += math.cos(2.0 * math.pi * x[i])
    n = x.size
    return 20.0 + math.e - 20.0 * math.exp(-0.2 * math.sqrt(square / n)) - math.exp(wave / n)


def ackley_arrays(xp, x):
    first = xp.exp(-0.2 * xp.sqrt(xp.mean(x**2)))
    return 20.0 + math.e - 20.0 * first - xp.exp(xp.mean(xp.cos(2.0 * math.pi * x)))


def griewank(x):
    s, p = 1.0, 1.0
    for i in range(x.size):
        s += x[i] ** 2 / 4000.0
        p *= math.cos(x[i] / math.sqrt(i + 1.0))
    return s - p


def griewank_arrays(xp, x):
    scale = xp.sqrt(xp.arange(1.0, x.size + 1.0))
    return 1.0 + xp.sum(x**2) / 4000.0 - xp.prod(xp.cos(x / scale))


def styblinski(x):
    s = 0.0
    for i in range(x.size):
        s += 0.5 * (x[i] ** 4 - 16.0 * x[i] ** 2 + 5.0 * x[i])
    return s


def styblinski_arrays(xp, x):
    return 0.5 * xp.sum(x**4 - 16.0 * x**2 + 5.0 * x)


def levy(x):
    w = 1.0 + (x[0] - 1.0) / 4.0
    s = math.sin(math.pi * w) ** 2
    for i in range(x.size - 1):
        w = 1.0 + (x[i] - 1.0) / 4.0
        s += (w - 1.0) ** 2 * (1.0 + 10.0 * math.sin(math.pi * w + 1.0) ** 2)
    w = 1.0 + (x[x.size - 1] - 1.0) / 4.0
    return s + (w - 1.0) ** 2 * (1.0 + math.sin(2.0 * math.pi * w) ** 2)


def levy_arrays(xp, x):
    w = 1.0 + (x - 1.0) / 4.0
    middle = xp.sum((w[:-1] - 1.0) ** 2 * (1.0 + 10.0 * xp.sin(math.pi * w[:-1] + 1.0) ** 2))
    last = (w[-1] - 1.0) ** 2 * (1.0 + xp.sin(2.0 * math.pi * w[-1]) ** 2)
    return xp.sin(math.pi * w[0]) ** 2 + middle + last


def zakharov(x):
    square = linear = 0.0
    for i in range(x.size):
        square += x[i] ** 2
        linear += 0.5 * (i + 1.0) * x[i]
    return square + linear**2 + linear**4


def zakharov_arrays(xp, x):
    linear = xp.sum(0.5 * xp.arange(1.0, x.size + 1.0) * x)
    return xp.sum(x**2) + linear**2 + linear**4


def dixon_price(x):
    s = (x[0] - 1.0) ** 2
    for i in range(1, x.size):
        s += (i + 1.0) * (2.0 * x[i] ** 2 - x[i - 1]) ** 2
    return s


def dixon_price_arrays(xp, x):
    weights = xp.arange(2.0, x.size + 1.0)
    return (x[0] - 1.0) ** 2 + xp.sum(weights * (2.0 * x[1:] ** 2 - x[:-1]) ** 2)


def broyden(x):
    """The squared residuals of Broyden's tridiagonal system."""
    s = 0.0
    for i in range(x.size):
        r = (3.0 - 2.0 * x[i]) * x[i] + 1.0
        if i > 0:
            r -= x[i - 1]
        if i < x.size - 1:
            r -= 2.0 * x[i + 1]
        s += r * r
    return s


def broyden_arrays(xp, x):
    zero = xp.zeros(1)
    left, right = xp.concatenate((zero, x[:-1])), xp.concatenate((x[1:], zero))
    return xp.sum(((3.0 - 2.0 * x) * x + 1.0 - left - 2.0 * right) ** 2)


def lennard_jones(x):
    """The energy of atoms on a line, every pair of them; x are the gaps, about 1."""
    s = 0.0
    for i in range(x.size):
        distance = 0.0
        for j in range(i, x.size):
            distance += x[j]
            sixth = 1.0 / (distance * distance) ** 3
            s += sixth * sixth - 2.0 * sixth
    return s


def lennard_jones_arrays(xp, x):
    at = xp.concatenate((xp.zeros(1), xp.cumsum(x)))
    n = x.size + 1
    # The diagonal is moved away from zero and left out, else its infinity would be NaN.
    upper = xp.triu(xp.ones((n, n)), 1)
    distance = (at[None, :] - at[:, None]) * upper + (1.0 - upper)
    sixth = 1.0 / (distance * distance) ** 3
    return xp.sum(upper * (sixth * sixth - 2.0 * sixth))


FUNCTIONS = {
    f.__name__: (f, arrays)
    for f, arrays in (
        (rosenbrock, rosenbrock_arrays),
        (rastrigin, rastrigin_arrays),
        (ackley, ackley_arrays),
        (griewank, griewank_arrays),
        (styblinski, styblinski_arrays),
        (levy, levy_arrays),
        (zakharov, zakharov_arrays),
        (dixon_price, dixon_price_arrays),
        (broyden, broyden_arrays),
        (lennard_jones, lennard_jones_arrays),
    )
}
