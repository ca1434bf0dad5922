"""A real chat model writes, badly: what it invents must not pass for supported."""

# pyright: reportPrivateUsage=false

from collections.abc import Iterator

import pytest

from index.document import Document
from index.embed import Embedder
from qa import Answer, Assistant, Settings, Status
from qa.answer import Source
from qa.support.model import Support
from qa.verify import problems
from tests.small_model import served, weights

pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(weights() is None, reason="the weights are not installed; run `make test-llm`"),
    # transformers warns of its own arguments while it loads a GGUF file.
    pytest.mark.filterwarnings("default"),
]

ANSWERED = [
    "Who alleged that Russian weapons were smuggled over the Tajik border?",
    "When did Russia class the Taliban as a terrorist organisation?",
    "Which countries have held joint military exercises with Russia?",
    "What did the Afghan Foreign Ministry warn of in December 2016?",
]
NOT_ANSWERED = ["Who won the football world cup in 1998?", "How do I boil an egg?"]


@pytest.fixture(scope="module")
def writer(of_brief: Assistant) -> Iterator[Assistant]:
    gguf = weights()
    assert gguf
    with served(gguf) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr(
            of_brief, "_settings", Settings(home=of_brief._settings.home, passages=3, model_url=url, model_timeout=300)
        )
        yield of_brief.with_model("smollm2")


@pytest.fixture(scope="module")
def answers(writer: Assistant) -> dict[str, Answer]:
    return {question: writer.ask(question) for question in (*ANSWERED, *NOT_ANSWERED)}


def test_the_model_was_asked_and_counted(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        assert answer.model
        assert answer.model.calls >= 1
        assert answer.model.output_tokens


def test_every_sentence_that_is_shown_holds_when_its_receipt_is_checked(
    answers: dict[str, Answer], writer: Assistant
) -> None:
    documents = {document.id: document for document in writer.documents}

    def find(source: Source) -> Document | None:
        return documents.get(source.document_id)

    for answer in answers.values():
        assert problems(Answer.from_json(answer.to_json()), find, supports=Support(Embedder().remember)) == []


def test_what_the_reader_answers_right_is_still_answered(answers: dict[str, Answer], writer: Assistant) -> None:
    for question in ANSWERED:
        alone = writer.with_model(None).ask(question)
        assert alone.status is Status.ANSWERED
        quoted = " ".join(citation.quote for citation in answers[question].citations)
        assert any(citation.quote in quoted for citation in alone.citations), question


def test_a_sentence_that_is_shown_comes_before_the_model_has_ended_or_was_the_readers(writer: Assistant) -> None:
    *pieces, answer = writer.stream(ANSWERED[0])
    assert isinstance(answer, Answer)
    assert "".join(str(piece) for piece in pieces) == answer.text
