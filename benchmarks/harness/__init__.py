"""Data, timing in turn, stored results, the comparison with the baseline and the report."""
