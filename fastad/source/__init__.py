"""Derivatives by transformation of a function's source.

The folders in the order in which a function goes through them:

* `syntax` reads the function's tree; `frontend` lowers it to the intermediate representation, `ir`.
* `analysis` finds what is active, which loops are independent, which writes cover which reads.
* `reverse` writes the adjoint, and decides which values are stored for the reverse sweep;
  `tangent` writes the tangent.
* `optimise` has the passes that `reverse` asks, each with the condition under which it is legal.
* `emit` prints and compiles the program. What generated code calls is in `runtime`.
"""
