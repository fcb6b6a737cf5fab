"""The EM iteration.

* `start` makes the initial mixture, `m_step` the next one, `loop` repeats, and `acceleration`
  extrapolates. `variational` has the step of variational EM, in place of `m_step`, and `map_step`
  that with a `prior`.
"""
