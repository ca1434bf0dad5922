"""How an answer looks on a terminal: results on stdout, all else on stderr."""

import re
from textwrap import shorten, wrap

from rich.console import Console
from rich.text import Text

from qa.answer import Answer

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def print_answer(answer: Answer) -> None:
    """Print an answer, its footnotes, and what is not supported; why another engine answered goes to stderr."""
    if in_short := answer.short or (answer.verdict or "").capitalize():
        OUT.print(Text(visible(in_short), style="bold"), soft_wrap=True)
        OUT.print()
    OUT.print(Text(visible(answer.text)), soft_wrap=True)
    for rejection in answer.rejected:
        text = f"Not supported by the document: {rejection.sentence} ({rejection.reason})"
        OUT.print(Text(visible(text), style="strike"), soft_wrap=True)
    for citation in answer.citations:
        where = f"{citation.source}, paragraph {citation.paragraph}"
        where += f", page {citation.page}" if citation.page else ""
        OUT.print()
        OUT.print(Text(visible(f"[{citation.number}] {where}"), style="dim"), soft_wrap=True)
        OUT.print(_indented(f"“{citation.quote}”"), soft_wrap=True)
    if answer.related:
        OUT.print()
        OUT.print(Text("Related, but not evidence:", style="dim"))
    for related in answer.related:
        opening = shorten(related.text, 160, placeholder=" …")
        where = f"{related.title}, paragraph {related.paragraph}"
        OUT.print(_indented(f"{where}: {opening}"), style="dim", soft_wrap=True)
    if answer.note:
        ERR.print(Text(visible(answer.note), style="dim"), soft_wrap=True)


def visible(text: str) -> str:
    """A text without the control characters by which a document could steer the reader's terminal."""
    return _CONTROL.sub("\ufffd", text)


def _indented(text: str) -> Text:
    """A paragraph set in by four columns, wrapped on a terminal and on one line for a program."""
    words = " ".join(visible(text).split())
    lines = wrap(words, max(20, OUT.width - 4)) if OUT.is_terminal else [words]
    return Text("\n".join(f"    {line}" for line in lines))
