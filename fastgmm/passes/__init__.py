"""Passes over the rows: from a source of rows and a mixture to statistics, scores and labels.

* `source` is what the EM loop needs of data. `sources` cut the rows into chunks of blocks, and add
  up the statistics of the chunks; `threads` runs the chunks, and merges what they return in the
  order of the chunks, whichever thread is done first. `far_out` are rows whose squares overflow.
* `plan` says how a pass computes with a given mixture; `kernels` takes a block, by
  `log_densities` (E-step) and `moments` (M-step).
* `missing` are sources of rows with missing values, with a plan and kernels of their own.
* `statistics` are what a pass leaves behind: they are additive.
"""
