"""How forward and tape mode differentiate: the code that a driver runs, and what that code calls.

* `request` is what a driver knows of its function; `results`, `restoring` and `seeding` are for
  every mode.
* `forward` computes with Jets; `tape` records, with `tape_runtime`; `linearized` serves a driver
  that is called while another tape records.
"""
