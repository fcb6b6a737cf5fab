"""asv benchmarks, one file a subject; `common` holds the data and the peers."""
