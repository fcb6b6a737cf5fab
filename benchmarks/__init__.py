"""asv benchmarks: `mixtures` and `derivatives`, with what both need in `harness`, and `peers`."""
