"""Links by which a browser signs in, once."""

import datetime
from urllib.parse import urlencode

from deciban.service.running.settings import Settings
from deciban.service.store import Store
from deciban.service.store.tokens import Role, new_sign_in

__all__ = ["sign_in_link"]


def sign_in_link(
    store: Store,
    settings: Settings,
    who: int | Role,
    now: datetime.datetime,
    address: str | None = None,
) -> str:
    """Make a link that signs one browser in, once and for ``SIGN_IN_MINUTES``.

    Parameters
    ----------
    store : Store
        That keeps it.
    settings : Settings
        Tell how long it is good.
    who : int or str
        Id of the token that it signs in with; or a role, for who starts the service.
    now : datetime
        With its zone.
    address : str, optional
        Where the service listens; as the settings say unless given. ``PUBLIC_URL``
        counts more than either.

    Raises
    ------
    UnknownTokenError
        If there is no such token, or it is revoked.
    """
    expires = now + datetime.timedelta(minutes=settings.sign_in_minutes)
    with store.writing() as session:
        code = new_sign_in(session, who, now, expires)
    named = settings.public_url or address or f"http://{settings.host}:{settings.port}"
    return f"{named.rstrip('/')}/sign-in?{urlencode({'code': code})}"
