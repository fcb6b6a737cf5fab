"""What is true of a program, found before its derivative is written.

* `live_ranges` gives each live range of a variable a name of its own; `dead_branches` drops
  branches that are never taken.
* `activity` finds which variables carry derivatives.
* `steepness` finds where a derivative may be infinite, so that a zero factor must be a strong zero.
* `dependence` finds loops whose iterations share nothing but sums; for it `array_coverage` shows
  that an iteration writes the items of a scratch array before it reads them.
* `contents` says whose items a statement reads and writes.
* `nonnegative` finds integers that need no test for a negative index.
"""
