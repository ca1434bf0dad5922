"""A file, a folder or bytes become documents. To read another format, add a row to `READERS`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from index.document import Block, BlockKind, Document
from index.layout import blocks_of
from index.markdown import markdown_text

MIB = 1024 * 1024

Reader: TypeAlias = Callable[[str], tuple[str, tuple[Block, ...]]]
"""From a file's decoded text to the canonical text and its blocks."""

READERS: dict[str, Reader] = {
    ".txt": lambda text: (text, blocks_of(text)),
    ".text": lambda text: (text, blocks_of(text)),
    ".md": markdown_text,
    ".markdown": markdown_text,
}
"""File name ending -> reader."""


class LoadError(ValueError):
    """A source that cannot become a document. The message quotes it and says what to do."""


def load(source: str | Path, *, max_mb: float = 20) -> list[Document]:
    """Load a file, or all readable files below a folder.

    Args:
        source: A path. Web addresses are not read yet.
        max_mb: The largest file to take, in MiB.

    Returns:
        One document a file, in the order of their paths.

    Raises:
        LoadError: The path, or a file in the folder, is missing, empty, not text, too large or of an unknown
            kind. Files in a folder whose kind is unknown, and hidden ones, are passed over.
    """
    if "://" in str(source):
        raise LoadError(
            f"{source}: web addresses cannot be read yet. Save the page's text as a .txt file and give its path."
        )
    if not str(source):
        raise LoadError("An empty path was given. Give the path of a file or folder.")
    try:
        path = Path(source).expanduser().resolve()
        if path.is_dir():
            return [_load_file(file, max_mb) for file in _readable_files(path)]
        return [_load_file(path, max_mb)]
    except (ValueError, RuntimeError) as error:
        if isinstance(error, LoadError):
            raise
        raise LoadError(f"{str(source)!r} is not a path ({error}). Give the path of a file or folder.") from error


def load_bytes(data: bytes, *, name: str, max_mb: float = 20) -> Document:
    """Make a document of a file's bytes, as an upload hands them over.

    Args:
        data: UTF-8, or UTF-16 with a byte order mark.
        name: The document's source; its ending chooses the reader.
        max_mb: The largest input to take, in MiB.

    Raises:
        LoadError: As in `load`.
    """
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise LoadError(f"{name}: cannot read this kind of file; the kinds are {known}. Save it as one of these.")
    _check_size(name, len(data), max_mb)
    text, blocks = reader(_decode(data, name))
    if not blocks:
        raise LoadError(f"{name}: there is no text in it. Give a file that has words in it.")
    headings = (text[b.start : b.end] for b in blocks if b.kind is BlockKind.HEADING)
    return Document.of(text, source=name, title=next(headings, Path(name).stem), blocks=blocks)


def _readable_files(folder: Path) -> Iterator[Path]:
    files = sorted(
        Path(parent, file)
        for parent, _, files in os.walk(folder, onerror=_unreadable)
        for file in files
        if Path(file).suffix.lower() in READERS
        and not any(part.startswith(".") for part in Path(parent, file).relative_to(folder).parts)
    )
    if not files:
        raise LoadError(f"{folder}: no {', '.join(READERS)} file below this folder. Give a folder that holds some.")
    yield from files


def _unreadable(error: OSError) -> None:
    raise LoadError(f"{error.filename}: cannot be read ({error.strerror}). Check the folder's permissions.")


def _load_file(path: Path, max_mb: float) -> Document:
    try:
        if not path.exists():
            raise LoadError(f"{path}: no such file or folder. Check the path.")
        if not path.is_file():
            raise LoadError(f"{path}: not a regular file. Give the path of a text file.")
        _check_size(str(path), path.stat().st_size, max_mb)
        return load_bytes(path.read_bytes(), name=str(path), max_mb=max_mb)
    except OSError as error:
        raise LoadError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error


def _check_size(name: str, size: int, max_mb: float) -> None:
    if size > max_mb * MIB:
        raise LoadError(
            f"{name}: {size / MIB:.1f} MiB is over the limit of {max_mb:g} MiB. "
            "Split the file, or raise FOOTNOTE_MAX_FILE_MB."
        )


def _decode(data: bytes, name: str) -> str:
    """Decode to text with line feeds for line ends, or say what the bytes are instead."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise LoadError(f"{name}: this is a binary file, not text. Export it as text first.") from error
        raise LoadError(
            f"{name}: not UTF-8 text (byte 0x{data[error.start]:02x} at {error.start}). Save it as UTF-8, "
            "for example with `iconv -f WINDOWS-1252 -t UTF-8`."
        ) from error
    if "\0" in text:
        raise LoadError(f"{name}: this is a binary file, not text. Export it as text first.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
