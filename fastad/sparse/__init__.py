"""Sparse Jacobians and Hessians.

* `pattern` finds where derivatives can be other than zero, `coloring` which directions may share an
  evaluation, `drivers` are the functions that users call.
"""
