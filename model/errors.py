"""Errors of the model."""

__all__ = ["AsItStands", "CaseError", "FitStoppedError", "ModelError", "Problem"]

from typing import Any, NamedTuple


class ModelError(Exception):
    """Base class of the errors of this package."""


class Problem(NamedTuple):
    """One thing wrong with what was written: where, what must hold, what came."""

    where: str
    rule: str
    value: Any

    def __str__(self) -> str:
        """Format as one line: place, rule, value."""
        return f"{self.where}: {self.rule}, got {_shown(self.value)}"


class AsItStands(str):
    """A value that is a message's own words, hence shown without quotation marks."""

    __slots__ = ()


def _shown(value: Any, limit: int = 60) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, AsItStands) or hasattr(value, "isoformat"):
        text = str(value)
    else:
        text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


class CaseError(ModelError, ValueError):
    """A case's files cannot be read; carries every problem found in them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class FitStoppedError(ModelError):
    """A fit was cancelled before it was done; nothing of it was kept."""
