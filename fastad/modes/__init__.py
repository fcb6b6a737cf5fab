"""How forward and tape mode differentiate: the code that a driver runs, and what that code calls.

* `request` has what a driver knows of its function (`Plan`), and what a mode returns (`Code`).
* `results` refuses results without derivatives; `restoring` puts back the arguments that the
  function writes into; `seeding` has what generated drivers call. They serve every mode.
* `forward` computes with Jets; `tape` records, with `tape_runtime`; `linearized` serves a driver
  that is called while another tape records.
"""
