"""Programs in which functions meet other forms: passed on, defined inside, drivers.

As in `meetings`, whose table they are put into.
"""

import numpy as np

from .elsewhere import (
    by_a_closure,
    calls,
    cost_grad,
    cube,
    doubled,
    each,
    product,
    scales,
    slope_of_cube,
    square,
    summed,
    total_of,
)
from .meetings import X, at, meets

# Functions that are defined inside ---------------------------------------------------------------


@meets(lambda x, w: (at([0], w + w * w), x[0] * (1 + 2 * w)))
def what_another_module_closes_over(x, w):
    return by_a_closure(x[0], w)


@meets(lambda x, w: (at([0], w), x[0]))
def a_variable_read_late_in_a_loop(x, w):
    s = 0.0
    r = 0.0

    def inner():
        return s

    for k in range(4):
        s = x[0] * w * (k + 1)
        r += inner()
    return r / 10.0


@meets(lambda x, w: (np.full(4, w), np.sum(x)))
def a_lambda_of_a_loop_variable(x, w):
    total = 0.0
    for v in x:
        g = lambda t: t * v
        total += g(w)
    return total


@meets(lambda x, w: (at([0], 2 * x[0] * w), x[0] ** 2))
def a_function_inside_that_calls_another(x, w):
    s = x[0]

    def inner(t):
        return t * s

    def outer(t):
        return inner(t) * w

    return outer(x[0])


@meets(lambda x, w: (at([0], w), x[0]))
def a_function_inside_with_a_variable_of_the_same_name(x, w):
    s = x[0]

    def inner(t):
        s = t * w
        return s

    return inner(s)


@meets(lambda x, w: (at([1], 3 * w), 3 * x[1]))
def a_lambda_in_a_comprehension(x, w):
    g = lambda b: x[1] * w * (b + 1)
    items = [g(b) for b in range(2)]
    return sum(items)


@meets(lambda x, w: (2 * w * w * x, 2 * w * np.sum(x * x)))
def a_function_inside_that_fills(x, w):
    y = np.empty_like(x)

    def fill():
        y[:] = x

    fill()
    scales(y, w)
    return np.sum(y * y)


@meets(lambda x, w: (at([0], w), x[0]))
def a_function_inside_that_writes_in_a_condition(x, w):
    y = x.copy()

    def large(b):
        y[b] *= w
        return y[b] > 0.1

    if large(0) and not large(1):
        return y[0]
    return 0.0


@meets(lambda x, w: (at([0], w), x[0]))
def a_function_inside_that_changes_what_was_read_before(x, w):
    y = x.copy()

    def zero():
        y[:] = 0.0
        return 1.0

    return y[0] * w * zero() + y[1]


# Functions that are passed on --------------------------------------------------------------------


@meets(lambda x, w: (2 * x * w * w, 2 * w * np.sum(x * x)))
def a_passed_function_that_writes(x, w):
    y = x.copy()
    calls(scales, y, w)
    return np.sum(y * y)


@meets(lambda x, w: (w * (2 * x + 3 * x * x), np.sum(x**2 + x**3)))
def two_functions_passed(x, w):
    return (total_of(square, x) + total_of(cube, x)) * w


@meets(lambda x, w: (np.where(x * x > 0.2, 4 * x**3 * w, 0.0), np.sum(x**4 * (x * x > 0.2))))
def an_array_by_a_passed_function_masked(x, w):
    y = each(square, x)
    y[y < 0.2] = 0.0
    return np.sum(y * y) * w


@meets(lambda x, w: (at([0], 3 * x[0] ** 2 * w**3), 3 * x[0] ** 3 * w**2))
def a_lambda_and_a_passed_function(x, w):
    g = lambda t: t * w
    return total_of(cube, np.array([g(x[0])]))


@meets(lambda x, w: (2 * x * w, np.sum(x**2)), X.astype(np.float32))
def a_passed_function_of_single_precision(x, w):
    y = np.zeros(4, np.float32)
    for k in range(4):
        y[k] = x[k]
    return total_of(square, y) * w


@meets(lambda x, w: (at([0, 1], w * x[[1, 0]]), x[0] * x[1]))
def any_number_of_arguments_of_a_list(x, w):
    items = [x[0], x[1]]
    return product(w, items[0], items[1])


@meets(lambda x, w: (at([0, 1, 2], [x[1] * x[2], x[0] * x[2], 2 * x[2] + w + x[0] * x[1]]), x[2]))
def any_number_of_arguments_and_a_name_that_is_local_there(x, w):
    s = x[0] * x[1]
    return summed(x[2], w, s)


@meets(lambda x, w: (at([0], 4 * w), 4 * x[0]))
def an_array_of_a_tuple_and_a_name_that_is_local_there(x, w):
    s = x[0]
    y = doubled((w, s))
    return y[0] * y[1]


# Drivers -----------------------------------------------------------------------------------------


@meets(lambda x, w: (6 * x * w, 3 * np.sum(x * x)))
def a_passed_driver(x, w):
    return total_of(slope_of_cube, x) * w


@meets(lambda x, w: (at([0], 6 * x[0] * w**2), 6 * x[0] ** 2 * w))
def a_function_inside_that_calls_a_driver(x, w):
    s = 1.0

    def slope(t):
        return slope_of_cube(t) * s

    s = w
    return slope(x[0]) * w


@meets(lambda x, w: (at([0], 108 * x[0] ** 3 * w), 27 * x[0] ** 4))
def a_driver_in_the_else_of_a_loop(x, w):
    q = x[0]
    for _ in range(3):
        if q > 100.0:
            break
    else:
        q = slope_of_cube(q)
        q = slope_of_cube(q)
    return q * w


@meets(lambda x, w: (np.where(x > 0, 6 * x * w, 0.0), np.sum(3 * x * x * (x > 0))))
def a_gradient_masked(x, w):
    g = cost_grad(x, w)
    return np.sum(g[x > 0.0])


@meets(lambda x, w: (at([0, 2], [12 * x[0] * w, 6 * x[2] * w]), 6 * x[0] ** 2 + 3 * x[2] ** 2))
def a_gradient_by_an_index_array(x, w):
    return cost_grad(x, w)[np.array([0, 2, 0])].sum()


@meets(lambda x, w: (at([0], 6 * x[0] * w), 3 * x[0] ** 2))
def a_gradient_at_what_is_changed_afterwards(x, w):
    y = x.copy()
    g = cost_grad(y, w)
    y[0] = 5.0
    return g[0]


@meets(lambda x, w: (at([0], 6 * x[0] * w), 3 * x[0] ** 2))
def a_gradient_that_is_written_into(x, w):
    g = cost_grad(x, w)
    g[1:] = 0.0
    return np.sum(g)


@meets(lambda x, w: (at([0], 6 * x[0] * w * w), 6 * w * x[0] ** 2))
def a_driver_of_an_item_of_a_list(x, w):
    items = [v * w for v in x]
    return slope_of_cube(items[0])


@meets(lambda x, w: (at([1], 6 * x[1] * w), 3 * x[1] ** 2), X.astype(np.float32))
def a_list_of_derivatives_of_single_precision(x, w):
    items = [slope_of_cube(v) for v in x]
    return items[1] * w


@meets(lambda x, w: (at([0], 2 / 3 * w), 2 / 3 * x[0]))
def a_newton_step_of_a_lambda(x, w):
    third = lambda t: t * t * t
    return (x[0] - third(x[0]) / slope_of_cube(x[0])) * w


@meets(lambda x, w: (at([0], 6 * x[0] * w), 3 * x[0] ** 2))
def drivers_in_a_condition(x, w):
    if slope_of_cube(x[0]) > 0.1 and cost_grad(x, w)[0] > 0.0:
        return slope_of_cube(x[0]) * w
    return 0.0


# The else of loops, conditional arrays, joins ----------------------------------------------------


@meets(lambda x, w: (at([0], w), x[0]))
def the_else_of_an_inner_loop(x, w):
    s = 0.0
    for k in range(3):
        for j in range(3):
            if j == k:
                break
        else:
            s += 100.0 * x[1]
        s += x[0] * w
        if k == 0:
            break
    else:
        s = 0.0
    return s


@meets(lambda x, w: (at([0, 3], [1.0, w]), x[3]))
def the_else_of_a_loop_reads_its_variable(x, w):
    s = x[0]
    for v in x:
        if v > 100.0:
            break
    else:
        s += v * w
    return s


@meets(lambda x, w: (2 * x * w, np.sum(x * x)))
def a_conditional_array_by_a_member(x, w):
    y = np.array([v * v for v in x]) if x.size in [2, 4] else x
    return np.sum(y) * w


@meets(lambda x, w: (2 * x * w, np.sum(x * x)))
def a_join_of_halves_chosen_by_a_mask(x, w):
    y = np.concatenate((x[:2], x[2:]))
    mask = np.array([True, False, True, False])
    z = np.where(mask, y * w, w * y)
    return np.sum(z * y)


@meets(lambda x, w: (at([0, 1], 2 * (w * x[:2] + x[1::-1])), x[0] ** 2 + x[1] ** 2))
def a_matrix_of_lists(x, w):
    a = np.array([[w, 1.0], [1.0, w]])
    v = x[:2]
    return v @ (a @ v)
