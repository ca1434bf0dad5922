"""The settings, in one place: the only module that reads the environment."""

import re
from pathlib import Path
from typing import Annotated, Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.embed import PACKAGED_MODEL


class SettingsError(ValueError):
    """A setting has a value that it cannot have."""


class Settings(BaseSettings):
    """Read from environment variables with the prefix FOOTNOTE_, or given by name."""

    model_config = SettingsConfigDict(env_prefix="FOOTNOTE_", env_ignore_empty=True, frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("footnote")),
        description="The folder that holds the index and the page's conversations.",
    )
    chroma_url: str | None = Field(
        default=None, pattern="^https?://", description="Address of a Chroma server to use instead of that folder."
    )
    embedding_model: str = Field(
        default=PACKAGED_MODEL, min_length=1, description="Name or folder of a sentence-transformers model."
    )
    reader_model: Path | None = Field(
        default=None, description="Folder of another extractive question-answering model: ONNX and tokenizer.json."
    )
    language: str = Field(default="en", min_length=2, description="Language of the documents, for finding sentences.")
    max_file_mb: float = Field(default=20, gt=0, description="The largest file to load, in MiB.")
    passages: int = Field(default=8, ge=1, le=50, description="How many passages a search hands to the reader.")
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Refuse when the best sentence scores less; the fitted threshold where not set.",
    )
    host: str = Field(default="127.0.0.1", description="The address that the page listens on.")
    port: int = Field(default=7860, ge=0, le=65535, description="The port of the page; 0 takes a free one.")
    model: str | None = Field(
        default=None, description="The chat model that writes, as provider:name; without one the reader answers."
    )
    model_url: str | None = Field(
        default=None, pattern=r"^https?://[^@]+$", description="Address of an OpenAI-compatible server to ask instead."
    )
    model_key: SecretStr | None = Field(default=None, description="The key of that server, if it wants one.")
    model_timeout: float = Field(
        default=60, gt=0, description="Seconds that a chat model has for one answer, with all its calls."
    )
    model_price: Annotated[tuple[float, float] | None, NoDecode] = Field(
        default=None, description="US dollars for a million tokens read and written, as 0.15,0.60, for the receipt."
    )

    @property
    def writer(self) -> str | None:
        """The name of the chat model that writes: a server's own may have none. None where the reader answers."""
        return self.model or ("default" if self.model_url else None)

    @field_validator("model_price", mode="before")
    @classmethod
    def _two_prices(cls, price: object) -> object:
        return price.split(",") if isinstance(price, str) else price

    @field_validator("home")
    @classmethod
    def _expand(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            SettingsError: A value is wrong; the message quotes it and says what fits.
        """
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = f"FOOTNOTE_{first['loc'][0]}".upper()
            given = re.sub(r"//[^/]*@", "//***@", str(first["input"]))  # an address may hold a password
            raise SettingsError(f"{name}={given}: {first['msg']}. Change or unset it.") from None
