"""From a Python function to the intermediate representation, in Python's order of evaluation.

* `trees` finds the syntax tree, `closures` takes the functions out that it defines, `infer` finds
  the types, `unit` is what inlined functions share.
* `lower` is the whole, over what `scope` knows of a function. Its parts: `single_statements` says
  which part takes which statement; `expressions`, `arrays`, `calls`, `stores`, `targets`, `loops`
  and `exits`.
"""
