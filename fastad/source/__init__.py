"""Derivatives by transformation of a function's source.

The folders in the order in which a function goes through them: `syntax` reads it, `frontend` takes
it to the intermediate representation of `ir`; `analysis`, `reverse` or `tangent`, `optimise`,
`emit`. What generated code calls is in `runtime`.
"""
