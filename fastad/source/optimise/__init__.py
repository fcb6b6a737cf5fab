"""The optimisations by name.

* `pipeline` lists them, each with the condition under which it is legal; any can be left out.
"""
