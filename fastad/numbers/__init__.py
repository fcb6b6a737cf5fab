"""Numbers that carry derivatives with them, in the interpreter and in compiled code.

* `dual`: the textbook dual number, a jitclass; `jet`: the fast one, by value, with N partials.
* `plain` computes by the rule table in the interpreter, and `python_jet` is a Jet there.
* `overloads` implements every operation of the rule table for Jets.
* `arrays`: arrays of Jets or Vars, which a function is given in place of arrays of floats;
  `assignment` writes whole arrays into arrays, `identity` tells whether two are one (``is``).
"""

from . import identity, overloads, python_jet  # noqa: F401  (registers the rules with Numba)
