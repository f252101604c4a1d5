"""The Django project: settings, database, addresses, and the processes `make run` keeps alive."""

import os

# Before NumPy is loaded: the matrices here are small, and beside other work OpenBLAS's threads wait for each other more
# than they compute (the tests of evaluation/analysis took over 7 times as long).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
