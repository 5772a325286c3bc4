"""Refits: fits that follow every change by themselves, in processes of their own.

``Scheduler`` decides what to compute next; an ``Executor`` computes it, on this machine
or on a cluster. Nothing here loads the sampler: only workers do.
"""

from deciban.service.refits.executor import Executor as Executor
from deciban.service.refits.feed import News as News
from deciban.service.refits.scheduler import Scheduler as Scheduler

__all__ = ["Executor", "News", "Scheduler"]
