"""From programs to compiled functions.

* `adjoint_function` and `tangent_function` write the Python source of adjoints and tangents;
  `active_function` that of a function which runs with Jets or Vars.
* `compile` has the decorators that compile the source, `namespace` the globals that it refers to.
* `shown` shows what an optimisation changes.
"""
