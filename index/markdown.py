"""Markdown as a person reads it: the words without the markup, and which of them are headings. Pure."""

import re
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.document import Block, BlockKind
from index.layout import mark_clutter

_FRONT_MATTER = re.compile(r"\A---\n(?=[\w-]+:).*?\n---\n", re.DOTALL)
_HIDDEN_HTML = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_NESTING = 100
"""Levels of lists and quotations; the library stops at 20 unless told otherwise, and drops what is deeper."""


def markdown_text(source: str) -> tuple[str, tuple[Block, ...]]:
    """Turn Markdown into text and its blocks.

    Headings, paragraphs, list items, quotations, code, table rows and pieces of HTML are a block each, with a blank
    line between them. Tags, comments, link addresses and front matter are left out: a reader does not see them.

    Returns:
        The text, and its blocks in order.
    """
    parts: list[tuple[str, BlockKind]] = []
    kind = BlockKind.PARAGRAPH
    row: list[str] | None = None
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(["table", "strikethrough"])
    for token in parser.parse(_FRONT_MATTER.sub("", source)):
        match token.type:
            case "heading_open":
                kind = BlockKind.HEADING
            case "heading_close":
                kind = BlockKind.PARAGRAPH
            case "tr_open":
                row = []
            case "tr_close":
                parts.append((" | ".join(row or []), BlockKind.PARAGRAPH))
                row = None
            case "inline" if row is not None:
                row.append(_words(token))
            case "inline":
                parts.append((_words(token), kind))
            case "fence" | "code_block":
                parts.append((token.content, BlockKind.PARAGRAPH))
            case "html_block":
                parts.append((_html_words(token.content), BlockKind.PARAGRAPH))
            case _:
                pass
    text, blocks = "", list[Block]()
    for part, kind in parts:
        if words := part.strip():
            text += "\n\n" if text else ""
            blocks.append(Block(len(text), len(text) + len(words), kind))
            text += words
    return text, mark_clutter(text, blocks)


def _words(inline: Token) -> str:
    """The visible words of an inline token; line breaks inside a paragraph become spaces."""
    words = ""
    for child in inline.children or []:
        match child.type:
            case "text" | "code_inline" | "image":
                words += child.content
            case "softbreak" | "hardbreak":
                words += " "
            case "html_inline" if child.content.casefold().startswith("<br"):
                words += " "
            case _:
                pass
    return words


def _html_words(html: str) -> str:
    """The visible words of a piece of HTML, on one line."""
    return " ".join(unescape(_TAG.sub(" ", _HIDDEN_HTML.sub(" ", html))).split())
