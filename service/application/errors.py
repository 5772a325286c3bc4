"""What a use case refuses, beside what the store and the model do."""

from deciban.model.errors import ModelError

__all__ = ["UnknownItemError"]


class UnknownItemError(ModelError):
    """A case has no item of an id."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"must be one of the {kind}s of the case, got {key[:80]!r}")
        self.kind, self.key = kind, key
