"""Passes over rows in which values are missing: NaN, missing at random.

* `source` sorts the rows of a chunk by what they miss, and adds up the chunks' statistics.
* `stream` adds up the statistics of rows that are read part by part.
* `plan` is what the kernels read and write in; `kernels` takes a block (E-step, scores, conditional
  means), `moments` (M-step).
"""

from .source import MissingSource, has_missing
from .stream import MissingStream

__all__ = ["MissingSource", "MissingStream", "has_missing"]
