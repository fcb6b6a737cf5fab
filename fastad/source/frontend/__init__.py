"""From a Python function to the intermediate representation, in Python's order of evaluation.

* `lower` is the whole, over what `scope` knows of a function; `unit` is what inlined functions
  share. Its parts: `single_statements` says which part takes which statement; `expressions`,
  `objects` (functions and types as values), `tuples`, `lists`, `arrays`, `calls`, `stores`,
  `indexed` (writes through index arrays), `targets`, `loops` and `exits`.
"""
