"""The adjoint program: a forward sweep that keeps what is needed, and the way back.

* `adjoint` takes statement by statement; `expressions`, `elementwise` and `arrays` are their
  adjoints; `storage` is what the two sweeps share.
* `loops` reverses loops, with what `loop_facts` says of them.
* `custom_rules`, `recursion`, `prange` and `checkpoints` are kinds of calls and loops of their own.
* `fused_recursion`, `recompute`, `running_extremes`, `fused_elementwise`, `hoist_allocations` and
  `outline` are optimisations.
"""
