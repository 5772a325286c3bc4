"""The digests of many days at once, each as its own casebook would give it.

Nearly all the time of a digest goes into writing items out as JSON, and from day to day
most items are the same. So each is written once, and the text of a day, from which its
digest is taken, is put together of what was written: a tenth of the time.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from deciban.model.casebook.casebook import Casebook
from deciban.service.refits.past_days import DAY_SETTINGS, as_it_stood

__all__ = ["day_digests"]

# The lists of each file, by the names of their fields.
_LISTS = {
    "evidence": ("reports", "sources"),
    "priors": ("arguments", "links", "scenarios"),
}
_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def day_digests(
    casebook: Casebook, days: Iterable[datetime.date]
) -> dict[datetime.date, str]:
    """Digests by which the store knows the summaries of days.

    Each is that of the casebook ``as_it_stood`` on the day, with ``DAY_SETTINGS``.

    Parameters
    ----------
    casebook : Casebook
        The whole.
    days : iterable of date
        Such as ``history_days`` chooses.
    """
    ordered = casebook.ordered()
    texts = {
        id(item): _written(item)
        for file, lists in _LISTS.items()
        for name in lists
        for item in getattr(getattr(ordered, file), name)
    }

    def written(item: BaseModel) -> str:
        # A scenario whose outcome is not known yet is another one.
        return texts.get(id(item)) or _written(item)

    def text(file: BaseModel, lists: tuple[str, ...]) -> str:
        rest = file.model_dump(mode="json", by_alias=True, exclude=set(lists))
        parts = {name: _encoded(value) for name, value in rest.items()}
        for name in lists:
            parts[name] = f"[{','.join(map(written, getattr(file, name)))}]"
        return _object(parts)

    def digest(day: datetime.date) -> str:
        known = as_it_stood(ordered, day)
        files = {name: text(getattr(known, name), _LISTS[name]) for name in _LISTS}
        content = {
            "as_of": _encoded(day.isoformat()),
            "casebook": _object(files),
            "settings": _encoded(dict(DAY_SETTINGS)),
        }
        return hashlib.sha256(_object(content).encode()).hexdigest()

    return {day: digest(day) for day in days}


def _written(item: BaseModel) -> str:
    return _encoded(item.model_dump(mode="json", by_alias=True))


def _object(parts: Mapping[str, str]) -> str:
    inner = ",".join(f'"{name}":{parts[name]}' for name in sorted(parts))
    return f"{{{inner}}}"
