"""What the page sends to the program."""

from pydantic import BaseModel, ConfigDict, Field

from qa.conversations import Rating


class Message(BaseModel):
    """What the page sends with an action. Each action reads the fields that it needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: str = ""
    browser: str = Field(default="", max_length=64)
    conversation: str = Field(default="", max_length=64)
    documents: tuple[str, ...] = ()
    run: str = ""
    question: str = ""
    model: str | None = Field(default=None, max_length=100)
    """Another chat model than the settings name, or "reader" for none."""
    number: int = Field(default=0, ge=0)
    document: str = ""
    start: int = 0
    end: int = 0
    id: str = ""
    title: str = ""
    name: str = ""
    data: str = ""
    address: str = ""
    job: str = ""
    rating: Rating | None = None
    elsewhere: tuple[str, ...] = ()
