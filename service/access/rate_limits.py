"""How many requests one token, or one address without a token, may make in a minute."""

from collections.abc import Callable

from flask import Request

from service.access.counts import Counts
from service.access.errors import RateLimitError
from service.access.identities import identity
from service.settings import Settings

__all__ = ["rate_check"]

_READING = {"GET", "HEAD", "OPTIONS"}


def rate_check(settings: Settings) -> Callable[[Request], None]:
    """Make what holds requests to the limits of the settings."""
    every, writes = Counts(settings.rate_limit), Counts(settings.write_limit)

    def check_rate(asked: Request) -> None:
        if asked.blueprint == "health":
            # A client that asks too often must not make the service look dead.
            return
        asker = identity()
        who = f"token {asker.token}" if asker else f"address {asked.remote_addr}"
        if wait := every.add(who):
            raise RateLimitError(
                f"must be at most {settings.rate_limit} requests a minute", wait
            )
        if asked.method not in _READING and (wait := writes.add(who)):
            raise RateLimitError(
                f"must be at most {settings.write_limit} changes a minute", wait
            )

    return check_rate
