"""From a Python function to the intermediate representation, in Python's order of evaluation.

* `trees` finds the syntax tree, `infer` the types, `unit` is what inlined functions share.
* `lower` is the whole; `expressions`, `arrays`, `calls`, `stores`, `targets`, `loops` and `exits`
  are its parts; `numpy_forms` are NumPy's functions written by operations that have rules.
"""
