"""Settings of the service: one table, read once from the environment.

pydantic-settings 2.16 would read them too, but takes a misspelt ``DECIBAN_PRT`` for
nothing and goes on, refuses a variable of blanks, and has rules in words of its own. It
takes 0.21 s to import beside pydantic; this module takes 0.01 s.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deciban.model.errors import ModelError

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsError"]

PREFIX = "DECIBAN_"


class SettingsError(ModelError, ValueError):
    """A setting is not what it must be."""

    def __init__(self, name: str, rule: str, value: str) -> None:
        super().__init__(f"{PREFIX}{name} must be {rule}, got {value!r}")
        self.name = name


@dataclass(frozen=True)
class Setting:
    """One setting: its name after ``DECIBAN_``, its default, and what it is for.

    ``least`` and ``most`` bound a number; ``choices`` are the words it may be, and
    ``starts`` what it may start with.
    """

    name: str
    default: str | int
    help: str
    least: int = 0
    most: int = 2**31 - 1
    choices: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


def _default_database() -> str:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return f"sqlite:///{Path(home) / 'deciban' / 'deciban.sqlite'}"


def cache_folder() -> Path:
    """Folder of what can be computed again, in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "deciban"


def _setting(default: str | int, about: str, *, shown: bool = True, **more: Any) -> Any:
    """Declare a field of ``Settings``, and what ``Setting`` says of it."""
    said = {"default": default, "help": about, **more}
    return field(default=default, repr=shown, metadata=said)


@dataclass(frozen=True)
class Settings:
    """The settings, each by the name of its variable in lower case."""

    database_url: str = _setting(
        "",
        "where casebooks and fits are kept: sqlite:///FILE or postgresql://...; "
        "empty: a file in the user's data folder",
        shown=False,  # it may hold a password
    )
    host: str = _setting("127.0.0.1", "address to listen on; others need a token first")
    port: int = _setting(8000, "port to listen on; 0: any that is free", most=65535)
    threads: int = _setting(
        32, "requests answered side by side; half may be streams", least=4, most=1000
    )
    public_url: str = _setting(
        "",
        "address that people use, where a proxy stands before",
        starts=("http://", "https://"),
    )
    proxies: int = _setting(
        0, "proxies before the service whose X-Forwarded- is true", most=10
    )
    workers: int = _setting(1, "processes that fit, side by side", least=1, most=64)
    cluster: str = _setting("", "address of a Dask scheduler that fits instead")
    fit_seconds: int = _setting(900, "time limit of one fit", least=10)
    draws: int = _setting(1000, "draws that each chain keeps", least=100, most=100_000)
    tune: int = _setting(400, "draws that each chain spends on tuning", least=50)
    chains: int = _setting(4, "chains of a fit", least=2, most=16)
    history_days: int = _setting(60, "days at most that a forecast's history shows")
    fits_kept: int = _setting(
        20, "refits of a case that keep draws and plots, 20 MB each", least=2
    )
    max_body_bytes: int = _setting(
        5_000_000, "bytes at most of one request", least=10_000
    )
    rate_limit: int = _setting(
        1200, "requests a minute from one token or address", least=1
    )
    write_limit: int = _setting(300, "of them, those by POST, PUT or DELETE", least=1)
    session_hours: int = _setting(12, "how long a browser stays signed in", least=1)
    sign_in_minutes: int = _setting(30, "how long a sign-in link is good for", least=1)
    stop_seconds: int = _setting(10, "how long requests may take to end at a stop")
    log_level: str = _setting(
        "info", "least that is logged", choices=("debug", "info", "warning", "error")
    )
    log_format: str = _setting("json", "how it is logged", choices=("json", "text"))

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, **changes: Any
    ) -> "Settings":
        """Read the settings.

        Parameters
        ----------
        environment : mapping, optional
            Texts by full name; the process's own unless given.
        **changes
            Values that count more than the environment's.

        Raises
        ------
        SettingsError
            For the first that is not what it must be, or that there is none of.
        """
        texts = os.environ if environment is None else environment
        known = {setting.name for setting in SETTINGS}
        for name in texts:
            own = name.removeprefix(PREFIX)
            if name.startswith(PREFIX) and own not in known | _OTHERS:
                raise SettingsError(own, f"one of {', '.join(sorted(known))}", own)
        values = {
            setting.name.lower(): _value(setting, texts.get(PREFIX + setting.name))
            for setting in SETTINGS
        }
        values["database_url"] = values["database_url"] or _default_database()
        return cls(**values | changes)


# Read by the command line, not by the service.
_OTHERS = {"TOKEN", "URL"}


def _value(setting: Setting, text: str | None) -> str | int:
    text = (text or "").strip()
    if not text:
        return setting.default
    if isinstance(setting.default, int):
        rule = f"a whole number from {setting.least} to {setting.most}"
        try:
            number = int(text)
        except ValueError:
            raise SettingsError(setting.name, rule, text) from None
        if not setting.least <= number <= setting.most:
            raise SettingsError(setting.name, rule, text)
        return number
    if setting.choices and text not in setting.choices:
        raise SettingsError(setting.name, f"one of {', '.join(setting.choices)}", text)
    if setting.starts and not (text.startswith(setting.starts) and _host(text)):
        rule = f"an address that starts with {' or '.join(setting.starts)}"
        rule += " and names a host"
        raise SettingsError(setting.name, rule, text)
    return text


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # a bracket that is not closed
        return None


SETTINGS = tuple(Setting(one.name.upper(), **one.metadata) for one in fields(Settings))
