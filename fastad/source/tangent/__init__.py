"""The tangent program: each statement with the statement of its derivative beside it.

* `program` takes statement by statement; `expressions` and `arrays` are their tangents.
"""
