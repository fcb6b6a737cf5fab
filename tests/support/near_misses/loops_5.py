"""Ways back that are skipped, and ones that take a turn's own stores back before they are read."""

import math

import numba
import numpy as np
from numba import njit

from near_misses import X3, X6, case

MASK = np.array([1.0, 0.0, 2.0])  # where it is 0 the way back of an inner loop has nothing to add


@case(X6, MASK)
@njit
def counter_under_a_mask(x, weights):
    total = 0.0
    k = 0
    for r in range(3):
        s = 0.0
        for _ in range(2):
            s += x[k] * x[k]
            k += 1
        total += weights[r] * s
    return total


@case(X6, MASK)
@njit
def counter_under_a_mask_in_a_chain(x, weights):
    total = 1.0
    k = 0
    for r in range(3):
        s = 0.0
        for _ in range(2):
            s += x[k] * x[k]
            k += 1
        total = total * x[k - 1] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def counter_under_a_mask_and_one_beside_it(x, weights):
    total = 1.0
    k = 0
    for r in range(3):
        s = 0.0
        for i in range(6):
            s += x[i] * x[k]
        k += 1
        total = total * x[k] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def exponentials_in_steps_under_a_mask(x, weights):
    total = 0.0
    for r in range(3):
        s = 0.0
        for i in range(0, 6, 2):
            v = math.exp(0.3 * x[i] * x[r])
            s += v * v * x[i]
        total = total * x[r] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def exponentials_downwards_under_a_mask(x, weights):
    total = 0.0
    for r in range(3):
        s = 0.0
        for i in range(5, -1, -1):
            v = math.exp(0.3 * x[i] * x[r])
            s += v * v * x[i]
        total = total * x[r] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def exponentials_of_two_loops_under_a_mask(x, weights):
    total = 0.0
    for r in range(3):
        s = 0.0
        for i in range(r, 6, 2):
            for j in range(2):
                v = math.exp(0.3 * x[i] * x[r])
                s += v * v * x[i + j - 1]
        total = total * x[r] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def arrays_of_a_turn_under_a_mask(x, weights):
    total = 1.0
    for r in range(3):
        s = 0.0
        for i in range(5, 0, -1):
            y = np.zeros(2)
            y[0] = math.exp(0.2 * x[i] * x[r])
            y[1] = x[i - 1]
            s += y[0] * y[1] * y[1]
        total = total * x[r] + weights[r] * s
    return total


@case(X6, MASK)
@njit
def two_sums_under_a_mask(x, weights):
    total = 1.0
    for r in range(3):
        s = 0.0
        q = 0.0
        for i in range(0, 6, 3):
            e = math.sin(x[i] * x[r])
            s += e * e
            q += e * x[i]
        total = total * x[r] + weights[r] * s + weights[r] * q
    return total


@case(X6, np.array([1.0, -9.0, 2.0]))
@njit
def hinge(x, bias):
    total = 1.0
    for r in range(3):
        s = bias[r]
        for i in range(5, -1, -1):
            e = math.exp(-x[i] * x[r])
            s += e * e * x[i]
        total = total * x[r] + max(s, 0.0)
    return total


@case(X6, MASK)
@njit
def extreme_under_a_mask(x, weights):
    total = 1.0
    for r in range(3):
        best = 100.0
        for i in range(5, -1, -1):
            d = 0.0
            for k in range(2):
                d += (x[i] - x[k] * x[r]) ** 2
            best = min(best, d)
        total = total * x[r] + weights[r] * best
    return total


@case(X6, np.arange(6))
@njit
def index_array_under_a_condition(x, given):
    places = given.copy()
    total = 1.0
    for r in range(3):
        s = 0.0
        for i in range(6):
            places[i] = (places[i] + 1) % 6
            s += x[places[i]] * x[i]
        total = total * x[places[0]] + s * (1.0 if r != 1 else 0.0)
    return total


@case(X3, 4, 0)
@njit
def bound_by_a_quotient_that_is_guarded(x, n, m):
    s = 1.0
    for i in range(3):
        if m > 0:
            for j in range(n // m):
                s *= x[i]
                s = s * s + x[j]
        s *= x[i]
    return s


@case(X3, 4, 0)
@njit
def bound_by_a_guarded_quotient_inside(x, n, m):
    t = 0.0
    for i in range(3):
        s = 1.0
        if m > 0:
            for j in range(n // m):
                s *= x[i]
                s = s * s + x[j]
        t += s * x[i]
    return t


@case(X3, 2)
@njit
def bound_by_a_power(x, n):
    s = 1.0
    for i in range(3):
        t = x[i]
        for j in range(n ** (i - 1) if i > 0 else 1):
            t = t * x[j] * t
        s = s + t * t
    return s


@case(X3)
@njit
def quotient_then_another(x):
    y = np.zeros(3)
    s = 0.0
    for i in range(3):
        for k in range(2):
            s += x[i] * x[k]
        y[i] = 1.0 / x[i]
        y[i] = 2.0 * x[i]
    return s + y[0]


@case(X3, np.zeros(3))
@njit
def quotient_then_another_in_an_argument(x, y):
    s = 0.0
    for i in range(3):
        for k in range(2):
            s += x[i] * x[k]
        y[i] = 1.0 / x[i]
        y[i] = 2.0 * x[i]
    return s + y[0]


@case(X3, np.zeros(3))
@njit
def quotient_that_is_clamped(x, y):
    s = 0.0
    for i in range(3):
        for k in range(2):
            s += x[i] * x[k]
        y[i] = 1.0 / x[i]
        if x[i] > 1.0:
            y[i] = 2.0 * x[i]
    t = 0.0
    for i in range(3):
        t += y[i]
    return s + t


@case(X3)
@njit
def quotient_then_added_to(x):
    y = np.zeros(3)
    s = 0.0
    for i in range(3):
        y[i] = 1.0 / x[i]
        for j in range(3):
            y[i] += x[i] * x[j]
            s += x[j]
    return y[0] * 2 + s + y[1]


@case(X3)
@njit
def quotient_then_replaced_in_parallel(x):
    y = np.zeros(3)
    for i in numba.prange(3):
        y[i] = 1.0 / x[i]
        if x[i] > 1.0:
            y[i] = x[i] * 2.0
    return y[0] + y[1] + y[2]


@case(X3)
@njit
def quotient_then_added_to_in_parallel(x):
    y = np.zeros(3)
    for i in numba.prange(3):
        y[i] = 1.0 / x[i]
        y[i] += x[i] * 2.0
    return (y * y).sum()


@case(X3)
@njit
def quotient_then_products_added_in_parallel(x):
    y = np.zeros(3)
    t = 0.0
    for i in numba.prange(3):
        y[i] = 1.0 / x[i]
        for j in range(3):
            y[i] += x[i] * x[j]
    for i in range(3):
        t += y[i] * y[i]
    return t * t


@case(X3)
@njit
def integers_of_a_parallel_loop(x):
    y = np.zeros(3)
    places = np.zeros(3, np.int64)
    for i in numba.prange(3):
        places[i] = 2 - i
        y[i] = x[i] * x[2 - i]
    s = 0.0
    for i in range(3):
        s += y[places[i]] * y[i] * (i + 1)
    return s


@case(X6)
@njit
def counter_that_grows_by_a_choice(x):
    total = 0.0
    k = 0
    for r in range(3):
        s = 0.0
        for _ in range(2):
            v = x[k] * x[r]
            s += v * v
            k += 1 if r < 2 else 2
        total += s * x[r]
        k -= r
    return total * x[k % 6]
