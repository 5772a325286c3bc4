"""Refits: fits that follow every change by themselves, in processes of their own.

``Scheduler`` decides what to compute next; an ``Executor`` computes it, on this machine
or on a cluster. Nothing here loads the sampler: only workers do, and no worker the
store.
"""
