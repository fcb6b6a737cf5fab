"""The intermediate representation of a function, and its checks.

* `statements` are its few kinds, `expressions` what they compute; `templates` makes both from what
  looks like Python; `printer` writes them as source. `callees` says what a called function is.
* `namer` is the only maker of names; `verify` checks generated functions before Numba sees them.
"""
