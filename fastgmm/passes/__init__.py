"""Passes over the rows: from a source of rows and a mixture to statistics, scores and labels.

* `source` is what the EM loop needs of data. `sources` give rows in blocks and add up what blocks
  leave behind; `threads` runs the blocks and hands over what they leave in the order of the chunks;
  `far_out` are rows whose squares overflow.
* `plan` says how a pass computes with a given mixture; `kernels` takes a block, by
  `log_densities` (E-step) and `moments` (M-step).
* `statistics` are what a pass leaves behind: they are additive.
"""
