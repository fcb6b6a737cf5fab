"""Covariances of all types: their factors, and which are singular.

* `factors`: Cholesky factors of precisions, and back.
* `definite`: what is singular to working precision, and how it is raised.
"""
