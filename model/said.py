"""What the model says, as data: the one base of all that is told as JSON."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Said"]


class Said(BaseModel):
    """Something said of a fit or a case; it is never altered."""

    model_config = ConfigDict(frozen=True)
