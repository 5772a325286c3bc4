"""How far a fit is, and who listens; nothing here loads a sampler."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["ChainProgress", "Silent"]


class ChainProgress(NamedTuple):
    """How far one chain is: draws done and to do, tuning included; divergences."""

    done: int
    total: int
    divergences: int


class Silent:
    """A listener that does not listen, and never stops a fit; the base of others."""

    def stage(self, name: str) -> None:
        """Hear that a stage begins: its name, in the present participle."""

    def chains(self, progress: Sequence[ChainProgress]) -> None:
        """Hear how far each chain is."""

    def stopped(self) -> bool:
        """Say whether to stop the fit; asked ten times a second while it samples."""
        return False
