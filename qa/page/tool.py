"""The one tool that the HTTP API and MCP offer: a question in, a receipt out."""

from collections.abc import Callable

from index.load import LoadError
from qa.library import Library

Tool = Callable[[str, list[str] | None, list[list[str]] | None], str]


def asking_tool(library: Library) -> Tool:
    """The tool on some documents. Its docstring and types are what clients are shown."""

    def ask(question: str, documents: list[str] | None = None, history: list[list[str]] | None = None) -> str:
        """Answer a question about the documents at hand; every sentence of the answer is cited.

        Args:
            question: What you want to know, in words.
            documents: Titles or sources of the documents to ask; left out, those that the program opened with.
            history: Earlier turns as [question, answer text], the oldest first, if the question leans on them.

        Returns:
            The receipt, as JSON: status (answered, partial or not_in_document), text with [n] markers, citations with
            quote and offsets, rejected sentences, related passages that are no evidence, the documents' SHA-256.
        """
        wanted = documents or []
        ids = [d.id for d in library.documents if d.title in wanted or d.source in wanted or d.id in wanted]
        if wanted and not ids:
            known = ", ".join(repr(d.title) for d in library.documents)
            raise LoadError(f"None of the documents {wanted} is here. Those that are: {known}.")
        turns = [(turn[0], turn[1]) for turn in history or () if len(turn) == 2]
        return library.assistant(ids).ask(question, history=turns).to_json()

    return ask
