"""What one running service is made of: its settings, its store, its workers.

They are put together once, where the service is started
(``service.web.server.service_process``) or where a test makes an application.
"""

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from deciban.service.running.clock import Clock
from deciban.service.running.settings import Settings

if TYPE_CHECKING:
    from deciban.service.application.case_view import CaseViews
    from deciban.service.application.current_forecasts import ForecastReader
    from deciban.service.refits.scheduler import Scheduler
    from deciban.service.store import Store

__all__ = ["Services"]


@dataclass(frozen=True)
class Services:
    """What the use cases of one running service share.

    Attributes
    ----------
    settings : Settings
    store : Store
        Of casebooks, fits and tokens.
    scheduler : Scheduler
        Of refits.
    clock : callable
        The time now, in UTC and aware of it.
    stopping : threading.Event
        Set when the service stops: whatever waits or streams must end then.
    forecasts : ForecastReader
        Reads what is forecast now, and what would be.
    views : CaseViews
        Makes what the pages of a case show.
    """

    settings: Settings
    store: "Store"
    scheduler: "Scheduler"
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def forecasts(self) -> "ForecastReader":
        """Reads what is forecast now, and what would be."""
        # With NumPy, once the service listens.
        from deciban.service.application.current_forecasts import ForecastReader

        return ForecastReader(self.store, self.clock)

    @cached_property
    def views(self) -> "CaseViews":
        """Makes what the pages of a case show."""
        from deciban.service.application.case_view import CaseViews

        return CaseViews(self.store, self.forecasts, self.settings.history_days)
