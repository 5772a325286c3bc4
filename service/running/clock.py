"""The time now, in UTC: a service is given it once, and hands it to all that ask."""

import datetime
from collections.abc import Callable

__all__ = ["Clock", "now", "today"]

type Clock = Callable[[], datetime.datetime]


def now() -> datetime.datetime:
    """Tell the time now, in UTC and aware of it."""
    return datetime.datetime.now(datetime.UTC)


def today() -> datetime.date:
    """Tell the day it is in UTC, by which every day ends, whatever TZ says."""
    return now().date()
