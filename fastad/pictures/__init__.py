"""Pictures of what fastad does: the graph of a function, and the source of its derivatives.

* `graph` has `draw_graph`: `running` runs the function with numbers that record themselves
  (`recording`, `arrays`); `layout` places the nodes, and `svg` draws them.
* `source` has `show`, which `coloured` gives colours.
"""
