"""How many requests one token, or one address without a token, may make in a minute."""

from collections.abc import Callable

from flask import Request

from deciban.service.application.services import Services
from deciban.service.web.access.counts import MinuteCounts
from deciban.service.web.access.errors import RateLimitError
from deciban.service.web.access.identities import identity

__all__ = ["rate_check"]

_READING = {"GET", "HEAD", "OPTIONS"}


def rate_check(shared: Services) -> Callable[[Request], None]:
    """Make what holds requests to the limits of the settings."""
    settings = shared.settings
    every = MinuteCounts(settings.rate_limit, shared.clock)
    writes = MinuteCounts(settings.write_limit, shared.clock)

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
            most = f"at most {settings.write_limit} by POST, PUT or DELETE"
            raise RateLimitError(f"must be {most} a minute", wait)

    return check_rate
