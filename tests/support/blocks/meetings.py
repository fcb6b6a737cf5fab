"""Programs in which two forms meet: lists, masks, closures, functions passed on, drivers.

Each is of a vector x, `X` where nothing else is said, and a number w; beside it stands its gradient
by hand.
"""

import numba
import numpy as np

from .elsewhere import by_a_list, by_a_mask

X, W = np.array([0.5, -0.3, 0.8, 1.2]), 1.5
MEETINGS = {}  # name -> (program, x, gradient)


def meets(gradient, x=X):
    """Note a program with its gradient, a function of x and w."""

    def note(f):
        MEETINGS[f.__name__] = numba.njit(f), x, gradient
        return f

    return note


def at(places, values):
    """Return four numbers, zero but at some places."""
    found = np.zeros(4)
    found[places] = values
    return found


# Lists -----------------------------------------------------------------------------------------


@meets(lambda x, w: (2 * w * w * x * (x * w > 0.4), np.sum(2 * w * x * x * (x * w > 0.4))))
def a_mask_of_an_array_made_of_a_list(x, w):
    y = np.array([v * w for v in x])
    return np.sum(y[y > 0.4] ** 2)


@meets(lambda x, w: (np.where(x > 0, 2 * w * x, 0.0), np.sum(x * x * (x > 0))), X.astype("f4"))
def a_list_of_single_precision_and_a_mask(x, w):
    y = np.array([v * w for v in x])
    return np.sum(y[x > 0.0] * x[x > 0.0])


@meets(lambda x, w: (at([0], 2 * x[0] * w), x[0] ** 2))
def a_list_that_another_name_has(x, w):
    items = [x[1], x[2]]
    other = items
    items[0] = x[0]
    return other[0] * x[0] * w


@meets(lambda x, w: (at([0, 1], w), x[0] + x[1] + 1.0))
def a_list_bound_again_while_a_loop_runs_over_it(x, w):
    items = [x[0], x[1]]
    s = 0.0
    for v in items:
        s += v * w
        items = [w, w, w]
    return s + items[2]


@meets(lambda x, w: (at([0], 2 * x[0] * w), x[0] ** 2))
def a_list_that_grows_and_the_else_of_its_loop(x, w):
    items = [0.0]
    for v in x:
        items.append(v * v)
        if v < -10.0:
            break
    else:
        items[0] = w
    return items[0] * items[1]


@meets(lambda x, w: (at([0, 1, 2], [4 * w, 2 * w, w]), 4 * x[0] + 2 * x[1] + x[2]))
def a_list_that_grows_in_a_while_loop(x, w):
    items = [w]
    n = 0
    while n < 2:
        items.append(items[-1] * 2.0)
        n += 1
    s = 0.0
    for b, v in zip(items, x[::-1]):
        s += 0.0 * v * b
    return items[2] * x[0] + items[1] * x[1] + items[0] * x[2] + s


@meets(lambda x, w: (at([0, 1], 2 * x[:2] * w), x[0] ** 2 + x[1] ** 2))
def a_list_that_grows_until_a_test(x, w):
    kept = []
    for v in x:
        if v > 0.7:
            break
        kept.append(v * v)
    return sum(kept) * w


@meets(lambda x, w: (at([2], 4 * x[2] * w), 2 * x[2] ** 2))
def two_lists_that_grow_in_branches(x, w):
    a, b = [w], [x[0]]
    for v in x:
        if v > 0.7 and v < 1.0:
            a.append(v * v)
        else:
            b.append(v)
    a.append(a[-1])
    return (a[1] + a[2]) * a[0]


@meets(lambda x, w: (at([0, 1], 1.0), 2.0))
def a_list_made_anew_in_a_loop(x, w):
    s = 0.0
    for k in range(2):
        items = [w]
        items.append(x[k])
        for v in items:
            s += v
    return s


@meets(lambda x, w: (at([0, 1], [2 * x[0] * x[1] * w, x[0] ** 2 * w]), x[0] ** 2 * x[1]))
def items_of_a_list_that_are_swapped(x, w):
    items = [x[0], x[1]]
    items[0], items[1] = items[1], items[0] * w
    return items[0] * items[1] * x[0]


@meets(lambda x, w: (at([0], w), x[0]))
def the_least_of_integers_and_a_number(x, w):
    items = [1, x[0], 2]
    return min(items) * w


@meets(lambda x, w: (at([0, 1], 2 * w), 2 * x[0] + 2 * x[1]))
def a_loop_over_a_list_of_indices_and_a_member(x, w):
    s = 0.0
    for k in [0, 1, 0, 1, 3]:
        if k not in [3, 4]:
            s += x[k] * w
    return s


@meets(lambda x, w: (w * np.arange(1.0, 5.0), x @ np.arange(1.0, 5.0)))
def a_list_in_zip_in_enumerate(x, w):
    s = 0.0
    for k, (v, c) in enumerate(zip(x, [1.0, 2.0, 3.0, 4.0])):
        s += v * c * w + 0.0 * k
    return s


# Masks and index arrays ------------------------------------------------------------------------


@meets(lambda x, w: (at([1, 3], [w * x[3], w * x[1]]), x[1] * x[3]))
def an_index_array_that_changes_later(x, w):
    places = np.array([1, 3])
    y = x[places]
    places[0] = 0
    s = y[0] * y[1] * w
    places[:] = 2
    return s


@meets(lambda x, w: (at([1, 2], [2 * w * x[1], 4 * w * x[2]]), x[1] ** 2 + 2 * x[2] ** 2))
def an_index_array_that_a_loop_changes(x, w):
    places = np.array([0])
    s = 0.0
    for k in range(3):
        y = x[places] * x[places]
        s += y[0] * k * w
        places[0] = k + 1
    return s


@meets(lambda x, w: (at([0, 2], 2 * w * x[[0, 2]]), x[0] ** 2 + x[2] ** 2))
def a_mask_that_changes_later(x, w):
    mask = np.array([True, False, True, False])
    y = np.where(mask, x, 0.0)
    mask[:] = False
    z = y * y * w
    mask[1] = True
    return np.sum(z)


@meets(lambda x, w: (at([0], w), x[0]))
def an_array_written_where_it_is_small(x, w):
    y = x.copy()
    y[y < 1.0] = 0.0
    y[0] = x[0]
    y[y > 1.0] = 0.0
    return np.sum(y) * w


@meets(lambda x, w: (at([1, 2], [w, w + 1]), x[1] + x[2]))
def an_index_twice_the_last_is_kept(x, w):
    y = np.zeros(4)
    y[np.array([1, 1, 2])] = np.array([x[0], x[1], x[2]]) * w
    return np.sum(y) + x[2]


@meets(lambda x, w: (at([1, 2], w), x[1] + x[2]))
def an_index_twice_is_added_to_once(x, w):
    y = np.zeros(4)
    y[np.array([1, 1, 2])] += x[:3] * w
    return np.sum(y)


@meets(lambda x, w: (w * np.sign(x), np.sum(np.abs(x))))
def a_choice_of_what_another_module_masks(x, w):
    y = np.where(x > 0.0, by_a_mask(x, 1.0), -x)
    y[0] = x[0]
    return np.sum(y) * w


@meets(lambda x, w: (at([0, 2], 2 * x[[0, 2]] * w), x[0] ** 2 + x[2] ** 2))
def rows_of_a_matrix_by_a_mask(x, w):
    g = np.outer(x, x)
    g[np.array([False, True, False, True])] = 0.0
    return (g[0, 0] + g[1, 1] + g[2, 2]) * w


@meets(
    lambda x, w: (
        2 * by_a_mask.py_func(x, w) * np.where(x > 0, w, 1.0),
        np.sum(2 * by_a_mask.py_func(x, w) * (np.where(x > 0, x, 0.0) + [1, 1, 0, 0])),
    )
)
def what_another_module_masks(x, w):
    y = by_a_mask(x, w)
    return np.sum(y * y)


@meets(lambda x, w: (at([1, 2, 3], [w, w, 5 * w]), np.sum(x[1:]) + 4 * x[3] + 1.0))
def what_another_module_lists(x, w):
    return by_a_list(x, w)
