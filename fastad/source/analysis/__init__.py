"""What is true of a program, found before its derivative is written.

* `live_ranges` gives each use of a variable a name; `activity` finds what carries derivatives.
* `steepness`: where a derivative may be infinite, and a zero factor has to hold against it.
* `dependence`: loops that carry sums alone; `array_coverage`: scratch arrays written before they
  are read; `contents`: whose items a statement reads and writes; `nonnegative`: indices without a
  test.
"""
