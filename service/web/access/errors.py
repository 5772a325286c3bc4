"""Refusals of access: exceptions that Flask knows how to answer, API and pages alike.

Each carries its HTTP status (``code``) and one plain sentence (``description``) that
says what must hold; none says anything of the machine.
"""

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Forbidden, Gone, TooManyRequests
from werkzeug.exceptions import Unauthorized as NotAuthenticated

from deciban.service.store.tokens import Role

__all__ = [
    "CrossSiteError",
    "ForbiddenError",
    "HostError",
    "RateLimitError",
    "SignInLinkError",
    "UnauthorizedError",
]


class UnauthorizedError(NotAuthenticated):
    """Nobody has said who they are, or what they said is not true."""

    def __init__(
        self, rule: str = "must come with a token, or after signing in"
    ) -> None:
        super().__init__(rule, www_authenticate=WWWAuthenticate("bearer"))


class ForbiddenError(Forbidden):
    """Who asks is known, and may not."""

    def __init__(self, needed: Role, role: Role) -> None:
        super().__init__(f"must have the role {needed}, got {role}")
        self.needed, self.role = needed, role


class CrossSiteError(Forbidden):
    """A change asked for by a browser that does not come from a page of ours."""

    def __init__(self) -> None:
        super().__init__(
            "must come from a page of this service that is not out of date: "
            "load the page again, and try again"
        )


class RateLimitError(TooManyRequests):
    """More requests than the limit allows; ``retry_after`` tells when, in seconds."""

    def __init__(self, rule: str, retry_after: int) -> None:
        super().__init__(
            f"{rule}; try again in {retry_after} s", retry_after=retry_after
        )


class SignInLinkError(Gone):
    """A sign-in link that was used before, is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__(
            "must be a sign-in link that is new: each works once, and for a short "
            "time; ask for another, or sign in with a token"
        )


class HostError(BadRequest):
    """A request for a host that is not ours: some page may have renamed itself."""

    def __init__(self) -> None:
        super().__init__("must be asked for by a name of this service in Host")
