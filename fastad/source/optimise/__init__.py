"""The optimisations of the adjoint, a class in a file of its own each: any can be left out.

* `pipeline` lists them. A class says in its docstring what it does, when it is legal, and shows
  what it changes; `fastad.source.reverse.passes` says what it may be asked.
"""
