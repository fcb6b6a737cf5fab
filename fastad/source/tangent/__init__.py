"""The tangent program: each statement with the statement of its tangent beside it.

* `program` goes through the statements; `expressions` and `arrays` have the tangents of what they
  compute.
"""
