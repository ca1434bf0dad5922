"""The built-in document: a brief written for this project, so that a newcomer has something to ask about."""

from importlib.resources import files

from index.document import Document
from index.load import load_bytes

SOURCE = "russia-and-the-taliban.md"
"""The built-in document's source, which no path on disk can have: paths are absolute."""


def sample() -> Document:
    """The built-in document."""
    return load_bytes(files(__name__).joinpath(SOURCE).read_bytes(), name=SOURCE)
