"""Passes over rows in which values are missing: NaN, missing at random.

* `source` sorts the rows of a chunk by what they miss, and adds up the chunks' statistics.
* `plan` is what the kernels read and write in; `kernels` takes a block (E-step, scores, conditional
  means), `moments` (M-step).
"""

from .source import MissingSource, has_missing

__all__ = ["MissingSource", "has_missing"]
