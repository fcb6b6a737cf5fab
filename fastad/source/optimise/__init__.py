"""The optimisations of the adjoint, each a class in a file of its own: any can be left out.

* `pipeline` lists them, in the order in which they are asked. The docstring of a class says what it
  does, states in full when that is legal, and shows what it changes.
* `fastad.source.reverse.passes` has the questions that the plain adjoint asks them.
"""
