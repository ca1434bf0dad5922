"""The assistant as LangChain parts, to be put into other people's chains. The only importer of LangChain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from index.search import Search
from qa.answer import Answer
from qa.converse import Turn

if TYPE_CHECKING:
    from qa.assistant import Assistant


class Asked(TypedDict, total=False):
    """A question with the turns before it."""

    question: str
    history: Sequence[Turn]


def runnable(assistant: "Assistant") -> "Runnable[str | Asked, Answer]":
    """See `qa.assistant.Assistant.as_runnable`."""

    def ask(asked: str | Asked) -> Answer:
        if isinstance(asked, str):
            return assistant.ask(asked)
        return assistant.ask(asked.get("question", ""), history=asked.get("history", ()))

    return RunnableLambda(ask, name="footnote")


def retriever(search: Search, *, limit: int) -> "SearchRetriever":
    """See `qa.assistant.Assistant.as_retriever`."""
    return SearchRetriever(search=search, limit=limit)


class SearchRetriever(BaseRetriever):
    """`index.search.Search` behind LangChain's interface."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    limit: int

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain hands it over
    ) -> list[Document]:
        return [
            Document(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "source": hit.document.source,
                    "title": hit.document.title,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "page": hit.passage.page,
                    "heading": hit.passage.heading,
                    "score": hit.score,
                },
            )
            for hit in self.search(query, limit=self.limit)
        ]
