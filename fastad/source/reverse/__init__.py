"""The adjoint program: a forward sweep that keeps what is needed, and the way back.

* `adjoint` reverses statement by statement, and decides what is stored: before a statement
  overwrites a variable or an item, its old value is pushed if it is in `needed`, the names that the
  reverse of earlier statements reads.
* `storage` has the stacks on which values are kept.
* `expressions`, `elementwise` and `arrays` have the adjoints of numbers and of arrays.
* `loops` reverses loops, with what `loop_facts` says of them; `prange` and `checkpoints` are loops
  of their own kinds, `custom_rules` and `recursion` calls of their own kinds.
* `outline` turns loops into functions.
* `passes` lists the questions at which an optimisation may replace the plain adjoint.
"""
