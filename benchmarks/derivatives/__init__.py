"""fastad: over the primal, over adjoints by hand, over other tools."""
