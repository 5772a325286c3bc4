"""Workers begin before the service, and do not outlive one that cannot start."""

import pytest

from deciban.service.refits import start
from deciban.service.running.settings import Settings


class Recorded:
    """Workers of which is known what was asked of them."""

    def __init__(self):
        self.asked = []
        self.places = lambda: self.asked.append("places")
        self.stop = lambda: self.asked.append("stop")


@pytest.fixture
def workers(monkeypatch):
    recorded = Recorded()
    monkeypatch.setattr(start, "_executor", lambda settings: recorded)
    return recorded


def test_workers_load_before_anything_is_done_with_them(workers):
    with start.begun(Settings.from_environment({})) as given:
        assert given is workers
        assert workers.asked == ["places"]
    assert workers.asked == ["places"]


def test_workers_end_where_the_service_cannot_start(workers):
    with pytest.raises(OSError), start.begun(Settings.from_environment({})):
        raise OSError
    assert workers.asked == ["places", "stop"]
