"""names: stack, stack_, top, room, last_of, new_stack as locals and arrays"""

import numpy as np
from numba import njit


@njit
def f(x):
    stack = np.zeros(8)
    stack_ = 0
    room = 0.0
    for top in range(x.size):
        stack[stack_] = x[top] * x[0]
        stack_ += 1
    last_of = stack[stack_ - 1]
    new_stack = stack.copy()
    for i in range(stack_):
        room += new_stack[i] * last_of
    return room


args = (np.array([0.5, 2.0, 3.0]),)
