"""The adjoint program: a forward sweep that keeps what is needed, and the way back.

* `adjoint` takes statement by statement. It decides what is stored: the old value of what a
  statement overwrites, where it is in `needed`, which the reverse of earlier statements will read.
* `storage` is how values are kept; `expressions`, `elementwise` and `arrays` are adjoints.
* `loops` reverses loops, with what `loop_facts` says of them.
* `custom_rules`, `recursion`, `prange` and `checkpoints` are kinds of calls and loops of their own.
* `outline` makes functions of loops.
* `passes` are the questions at which an optimisation may do something else than all of this.
"""
