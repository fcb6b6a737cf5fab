"""The EM iteration.

* `start` makes the first mixture, `m_step` the next one, `loop` repeats, and `acceleration`
  extrapolates.
"""
