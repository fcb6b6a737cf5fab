"""fastgmm: over scikit-learn and other peers, in time and memory; the wait for the first fit."""
