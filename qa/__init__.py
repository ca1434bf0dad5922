"""Footnote: answers about a document, every sentence with a footnote that was checked.

Ask:      `ask`, `open_assistant`, `Assistant`
Answers:  `Answer`, `Citation`, `Rejection`, `Status`
Settings: `Settings`

Read `qa/assistant.py` first: it is the whole flow.
"""

from collections.abc import Sequence
from pathlib import Path

from qa.answer import Answer, Citation, Rejection, Status
from qa.assistant import Assistant, open_assistant
from qa.converse import Turn
from qa.settings import Settings

__all__ = ["Answer", "Assistant", "Citation", "Rejection", "Settings", "Status", "ask", "open_assistant"]


def ask(
    question: str,
    document: str | Path | Sequence[str | Path] | None = None,
    *,
    history: Sequence[Turn] = (),
    model: str | None = None,
) -> Answer:
    """Answer one question about a document: `open_assistant(document, model=model).ask(question)`.

    For more than one question, open an assistant and keep it.
    """
    return open_assistant(document, model=model).ask(question, history=history)
