"""The intermediate representation of a function, and its checks.

* `statements` are its few kinds; `callees` says what a called function is.
* `namer` is the only maker of names; `verify` checks generated functions before Numba sees them.
"""
