"""Numbers that carry derivatives with them, in the interpreter and in compiled code.

* `dual`: the textbook dual number, a jitclass; `jet`: the fast one, by value, with N partials.
* `overloads` gives every operation of the rule table its meaning on Jets.
* `arrays`: arrays of such numbers, which a function sees in place of arrays of floats.
"""

from . import overloads  # noqa: F401  (registers the rules with Numba)
