"""Job libraries, each with a worker of empty jobs: what `bench/jobs.py` starts, in an environment of their own.

They import nothing of the product. `python -m bench.libraries NAME enqueue COUNT` queues so many jobs, `NAME work` runs
them until it is stopped. The environment names the broker (`BENCH_BROKER`) and the marks (`marks.py`).
"""
