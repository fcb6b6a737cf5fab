"""Recursive functions: sums over their calls, names that others have, variables of loops."""

import math

import numpy as np
from numba import njit

from near_misses import X3, case

HALF = X3 * 0.5
SQUARE = np.array([[1.3, 0.7, 2.1], [0.4, 1.9, 1.1], [0.2, 0.5, 3.0]])


@njit
def loop_variable(x, n):
    if n == 0:
        return x[0]
    s = 1.0
    for i in range(n):
        s *= x[i]
    return s * x[i] * loop_variable(x, n - 1)


@case(X3)
@njit
def loop_variable_read_after_the_loop(x):
    return loop_variable(x, 2) * x[0]


@njit
def weighed(x, t, n):
    if n == 0:
        return x[0] * t
    total = 0.0
    below = weighed(x, t, n - 1)
    own = x[n] * t
    total += own + below
    return total


@case(X3)
@njit
def local_between_a_call_and_its_sum(x):
    return weighed(x, 2.0, 2)


@case(X3)
@njit
def local_between_a_call_and_its_sum_outside(x):
    total = 0.0
    below = weighed(x, 2.0, 2)
    own = x[1] * x[1]
    total += own + below
    return total


@njit
def plain_sum(x, n):
    if n == 0:
        return x[0]
    below = plain_sum(x, n - 1)
    own = x[n] * x[n]
    return below + own


@case(X3)
@njit
def sum_of_a_call_and_a_local(x):
    return plain_sum(x, 2)


@njit
def horner(x, n):
    total = x[n]
    if n > 0:
        total += x[n] * horner(x, n - 1)
    return total


@case(X3)
@njit
def call_then_a_square_then_their_sum(x):
    c = horner(x, 2)
    w = x[1] * x[1]
    return c + w


@case(X3)
@njit
def call_less_a_product(x):
    a = horner(x, 2)
    b = 0.5 * x[0] * x[1]
    total = a - b
    return total


@case(X3)
@njit
def call_and_a_penalty(x):
    energy = horner(x, 2)
    penalty = 0.0
    for i in range(3):
        penalty += x[i] * x[i]
    return energy + penalty


@njit
def crossed(x, n):
    total = 0.0
    if n > 0:
        a = x[n] * x[n - 1]
        c = crossed(x, n - 1)
        b = x[n] * x[n - 1]
        d = crossed(x, n - 2)
        total += c * b + d * a
    return total + x[0]


@case(X3)
@njit
def two_calls_and_locals_before_each(x):
    return crossed(x, 2)


@njit
def postponed_by_a_condition(x, n):
    total = x[0]
    if n > 0:
        c = postponed_by_a_condition(x, n - 1)
        if x[0] > 0.5:
            total += x[1] * postponed_by_a_condition(x, n - 2)
        total += x[n] * c
    return total


@case(X3)
@njit
def call_whose_sum_comes_after_a_conditional_call(x):
    return postponed_by_a_condition(x, 2)


@njit
def postponed_by_a_loop(x, n):
    total = x[0]
    if n > 0:
        c = postponed_by_a_loop(x, n - 1)
        for k in range(2):
            d = postponed_by_a_loop(x, n - 2)
            total += x[k] * d
        total += x[n] * c
    return total


@case(X3)
@njit
def call_whose_sum_comes_after_calls_in_a_loop(x):
    return postponed_by_a_loop(x, 2)


@njit
def counted(x, n):
    k = 0
    for _ in range(n):
        k += 1
    if n == 0:
        return x[k]
    return math.sin(x[k]) * counted(x, n - 1) + x[0]


@njit
def counts_and_calls(x, n):
    k = n - 3
    if n == 0:
        return x[k]
    q = counted(x, n)
    return np.exp(x[k]) * q * counts_and_calls(x, n - 1) + x[1]


@case(X3, 2)
@njit
def one_name_in_three_functions(x, n):
    k = 0
    s = x[k]
    a = counts_and_calls(x, 2)
    k = n - 3
    s += a * x[k]
    return s + math.cos(x[k])


@njit
def letter_b(x, n):
    if n == 0:
        return x[0]
    b = x[n] * 2.0
    s = math.exp(b) * b
    b = x[n - 1] * x[0]
    q = letter_b(x, n - 1)
    return s * b * b * q * q + x[n] * b


@case(HALF)
@njit
def local_named_like_a_cotangent(x):
    return letter_b(x, 2)


@njit
def letter_v(x, n):
    if n == 0:
        return x[0]
    v = x[n] * 2.0
    s = math.exp(v) * v
    v = x[n - 1] * x[0]
    q = letter_v(x, n - 1)
    t = (x[n] + v) * (v * q) * q / (v * s)
    return t * t


@case(HALF)
@njit
def local_named_like_a_product(x):
    return letter_v(x, 2)


@njit
def word_turns(x, n):
    if n == 0:
        return x[0]
    turns = n
    s = 1.0
    for i in range(turns):
        s = s * x[i]
    turns = n - 1
    q = word_turns(x, n - 1)
    for i in range(turns + 1):
        s = s * x[i] * s
    return s * q * q * x[turns]


@case(HALF)
@njit
def local_named_like_a_count(x):
    return word_turns(x, 2)


@njit
def bound_twice(x, n):
    if n == 0:
        return x[0]
    b = x[n] * 2.0
    s = math.exp(b) * b
    b = x[n - 1] * x[0]
    total = s * b * b
    total += b * s * bound_twice(x, n - 1)
    return total


@case(HALF)
@njit
def local_bound_twice_and_called_in_a_loop(x):
    s = 1.0
    for i in range(3):
        s = s * bound_twice(x, 2) * x[i]
    return s


@case(HALF)
@njit
def local_bound_twice_and_called_under_while(x):
    s = 1.0
    i = 0
    while i < 3:
        s = s * bound_twice(x, 2) * x[i]
        i += 1
    return s


@case(HALF)
@njit
def names_bound_again_after_a_recursion(x):
    b = x[0] * x[1]
    s = bound_twice(x, 1) * b
    b = s * x[2] * s
    v = b * b
    s = v * b + s
    v = s * s
    return v * b + s


@njit
def permanent(x, used, n):
    if n == 3:
        return 1.0
    s = 0.0
    for j in range(3):
        if not used[j]:
            used[j] = True
            s += x[n, j] * permanent(x, used, n + 1)
            used[j] = False
    return s


@case(SQUARE)
@njit
def permanent_by_flags(x):
    return permanent(x, np.zeros(3, np.bool_), 0)


@njit
def walked(x, left, right, node, d):
    if node < 0:
        return 0.0
    w = x[node] * d
    total = w * w
    total += walked(x, left, right, left[node], d * 0.5)
    total += walked(x, left, right, right[node], w)
    return total


@case(X3, np.array([1, -1, -1]), np.array([2, -1, -1]))
@njit
def tree_of_two_children(x, left, right):
    return walked(x, left, right, 0, x[1]) * x[0]


@njit
def best_of_two(x, place, depth):
    if depth == 0:
        return x[place] * x[place]
    here, there = best_of_two(x, place, depth - 1), best_of_two(x, (place + 1) % 3, depth - 1)
    return max(here, there) * x[place]


@case(X3)
@njit
def maximum_of_two_calls(x):
    return best_of_two(x, 0, 2)
