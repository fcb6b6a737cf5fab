"""Passes over the rows: from a source of rows and a mixture to statistics, scores and labels.

* `sources` give rows in blocks, merge what blocks leave behind, by `threads`; `far_out` are rows
  whose squares overflow.
* `plan` says how a pass computes with a given mixture; `kernels` takes a block, by
  `log_densities` (E-step) and `moments` (M-step).
* `statistics` are what a pass leaves behind: they are additive.
"""
