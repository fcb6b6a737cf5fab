"""The intermediate representation of a function, and its checks.

* `statements` has the kinds of statement, `expressions` helpers for what they compute; `templates`
  makes statements from a piece of Python; `printer` writes them as source.
* `callees` says what a called function is: a row of a rule table, or the user's code.
* `namer` is the only maker of names; `verify` checks generated functions before Numba sees them.
"""
