"""Compiled code on disk, for `fastgmm` and `fastad`: private to them, who share it.

* `content` says of what a package's compiled code is made: a hash.
* `store` are folders of entries, each of which has a name by all that it depends on.
* `signatures` says what the types of arguments are, by more than their names.
* `overloads` is what Numba asks for compiled code, in the place of its own cache.
* `notice` tells who waits at a terminal that there is something to compile.
* `command` is ``cache`` of the command lines.
* `version` is that of the distribution, which both packages report.

Numba's own cache knows an entry by where the source file lies, and by that file alone: a copied
environment is cold, and what a function calls in another file may have changed unseen. Nor does it
read from a folder that it cannot write to. Nothing here changes it for other people's functions.
"""
