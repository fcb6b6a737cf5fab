"""From programs to compiled functions.

* `adjoint_function` and `tangent_function` write Python, `compile` compiles it; `shown` shows what
  an optimisation changes.
"""
