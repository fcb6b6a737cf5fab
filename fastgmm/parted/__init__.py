"""Rows in partitions that stay where they are, whoever runs what is done with them.

Inside: ``partitions`` (what is done with one), ``rows`` (what is known of all), ``source`` (what
the EM loop needs). `fastgmm.dask` and `fastgmm.spark` stand on it; it imports neither.
"""
