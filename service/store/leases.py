"""The lease of a store of PostgreSQL: which service it belongs to.

A service holds it as long as it renews it, and may lose it while it knows nothing, cut
off or standing still. So each of its transactions that write looks first, in a lock
that whoever takes the lease over has to wait for: what a service has begun to write is
its own, and what it has lost it writes nothing of. Times are the server's.

A file of SQLite has a lock that ends with its process instead: see ``locks``.
"""

import datetime
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from time import sleep

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from deciban.service.store.engine import Store
from deciban.service.store.errors import LeaseLostError, StoreUnavailableError
from deciban.service.store.tables import LeaseRow

__all__ = ["Lease"]

_log = logging.getLogger(__name__)

_NAME = "service"
_SECONDS = 15.0
_LOOK_SECONDS = 0.5


class Lease:
    """One service's lease of a store.

    Parameters
    ----------
    store : Store
        Of PostgreSQL, opened for the lease alone: what it writes is not guarded, and
        does not wait for what others of the service write.
    seconds : float
        How long it lasts unless it is renewed.
    """

    def __init__(self, store: Store, seconds: float = _SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._holder = token_hex(16)
        self._lost = threading.Event()
        self._woken = threading.Event()

    @property
    def is_lost(self) -> bool:
        """Whether another service holds it that this one held."""
        return self._lost.is_set()

    def take(self) -> bool:
        """Take it, waiting for the end of one that nobody renews; whether it is taken.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached.
        """
        found = None
        while not self._take():
            expires_at = self._expires_at()
            if found is not None and expires_at not in (None, found):
                return False  # it has been renewed: somebody lives
            if found is None:
                _log.info("waiting whether another service renews its lease")
            found = expires_at
            sleep(_LOOK_SECONDS)
        return True

    def renew(self) -> None:
        """Let it last from now on, also where it had expired and nobody has taken it.

        Raises
        ------
        LeaseLostError
            If another service holds it.
        StoreUnavailableError
            If the database cannot be reached.
        """
        with self._store.writing() as session:
            renewed = session.scalar(
                update(LeaseRow)
                .where(LeaseRow.name == _NAME, LeaseRow.holder == self._holder)
                .values(expires_at=self._end())
                .returning(LeaseRow.name)
            )
        if renewed is None:
            self._lose()

    def check(self, session: Session) -> None:
        """Hold it until a transaction ends.

        Raises
        ------
        LeaseLostError
            If another service holds it.
        """
        held = select(LeaseRow.name).where(
            LeaseRow.name == _NAME, LeaseRow.holder == self._holder
        )
        if session.scalar(held.with_for_update(read=True)) is None:
            self._lose()

    def release(self) -> None:
        """Give it back, if it is held."""
        with self._store.writing() as session:
            session.execute(
                delete(LeaseRow).where(
                    LeaseRow.name == _NAME, LeaseRow.holder == self._holder
                )
            )

    @contextmanager
    def kept(self, lost: Callable[[], None]) -> Iterator[None]:
        """Renew it in time, on a thread, and give it back at the end.

        Parameters
        ----------
        lost : callable
            Called once, as soon as it is known that another service holds it.
        """
        ending = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(ending, lost), name="lease")
        keeper.start()
        try:
            yield
        finally:
            ending.set()
            self._woken.set()
            keeper.join()
            try:
                self.release()
            except StoreUnavailableError as error:
                _log.warning("the lease ends by itself: %s", error)

    def _keep(self, ending: threading.Event, lost: Callable[[], None]) -> None:
        while not ending.is_set():
            self._woken.wait(self._seconds / 3)
            if ending.is_set():
                return
            try:
                if not self.is_lost:
                    self.renew()
            except LeaseLostError:
                pass
            except StoreUnavailableError as error:
                _log.warning("the lease could not be renewed: %s", error)
            if self.is_lost:
                _log.error("another service has taken the store over")
                lost()
                return

    def _lose(self) -> None:
        self._lost.set()
        self._woken.set()
        raise LeaseLostError

    def _take(self) -> bool:
        row = {"name": _NAME, "holder": self._holder, "expires_at": self._end()}
        new = insert(LeaseRow).values(row)
        with self._store.writing() as session:
            taken = session.scalar(
                new.on_conflict_do_update(
                    index_elements=[LeaseRow.name],
                    set_={"holder": self._holder, "expires_at": self._end()},
                    where=or_(
                        LeaseRow.expires_at < func.clock_timestamp(),
                        LeaseRow.holder == self._holder,
                    ),
                ).returning(LeaseRow.name)
            )
        return taken is not None

    def _expires_at(self) -> datetime.datetime | None:
        with self._store.reading() as session:
            return session.scalar(
                select(LeaseRow.expires_at).where(LeaseRow.name == _NAME)
            )

    def _end(self) -> object:
        return func.clock_timestamp() + datetime.timedelta(seconds=self._seconds)
