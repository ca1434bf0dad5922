import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa import Answer, Assistant
from qa.conversations import (
    Conversation,
    ConversationError,
    Conversations,
    Exchange,
    literal,
    markdown,
    plain,
    receipts,
)

ME, YOU = "m" * 32, "y" * 32
ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture(scope="module")
def answered(of_brief: Assistant) -> Exchange:
    question = "Who alleged that Russian weapons were smuggled over the Tajik border?"
    return Exchange(question, "2026-01-01T00:00:00Z", 0.1, of_brief.ask(question))


def test_a_conversation_comes_back_as_it_was_kept(tmp_path: Path, answered: Exchange) -> None:
    stopped = Exchange("Why?", "2026-01-01T00:00:01Z", 0.0, None)
    kept = Conversations(tmp_path, ME).save(Conversation(ONE, documents=("d",)).asked(answered).asked(stopped))
    assert Conversations(tmp_path, ME).open(ONE) == kept
    assert kept.title == answered.question
    assert kept.history == [(answered.question, answered.answer.text if answered.answer else "")]


def test_another_browser_sees_and_opens_nothing_of_it(tmp_path: Path, answered: Exchange) -> None:
    Conversations(tmp_path, ME).save(Conversation(ONE).asked(answered))
    assert list(Conversations(tmp_path, YOU)) == []
    assert Conversations(tmp_path, YOU).open(ONE).exchanges == ()


def test_the_browsers_secret_is_never_written(tmp_path: Path, answered: Exchange) -> None:
    Conversations(tmp_path, ME).save(Conversation(ONE).asked(answered))
    for path in tmp_path.rglob("*"):
        assert ME not in str(path)
        assert path.is_dir() or ME not in path.read_text()


def test_the_list_has_what_changed_last_in_front_and_no_deleted_one(tmp_path: Path, answered: Exchange) -> None:
    mine = Conversations(tmp_path, ME)
    for id in (ONE, TWO):
        mine.save(Conversation(id).asked(answered))
    mine.rename(ONE, "  Old   weapons ")
    assert [c.title for c in mine] == ["Old weapons", answered.question]
    mine.delete(TWO)
    mine.delete(TWO)
    assert [c.id for c in mine] == [ONE]


@pytest.mark.parametrize("id", ["", "../../etc/passwd", "G" * 32, "1" * 31])
def test_what_is_no_id_names_no_file(id: str, tmp_path: Path) -> None:
    with pytest.raises(ConversationError, match="not the id of a conversation"):
        Conversations(tmp_path, ME).open(id)


def test_a_damaged_file_is_told_of_and_left_alone(tmp_path: Path, answered: Exchange) -> None:
    mine = Conversations(tmp_path, ME)
    mine.save(Conversation(ONE).asked(answered))
    (path,) = tmp_path.rglob("*.json")
    path.write_text(path.read_text()[:-40])
    assert list(mine) == []
    with pytest.raises(ConversationError, match="cannot be read"):
        mine.open(ONE)
    assert path.exists()


def test_a_rating_is_kept_twice_in_the_conversation_and_as_a_line_with_the_receipt(
    tmp_path: Path, answered: Exchange
) -> None:
    mine = Conversations(tmp_path, ME)
    mine.save(Conversation(ONE).asked(answered))
    assert mine.rate(ONE, 0, "down").exchanges[0].rating == "down"
    mine.rate(ONE, 0, None)
    lines = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text().splitlines()]
    assert [line["rating"] for line in lines] == ["down", None]
    assert Answer.from_json(json.dumps(lines[0]["receipt"])) == answered.answer
    with pytest.raises(ConversationError, match="no answer 2"):
        mine.rate(ONE, 1, "up")


def test_an_export_has_every_answer_with_its_footnotes(answered: Exchange, of_brief: Assistant) -> None:
    egg = Exchange(
        "How long should I boil an egg?", "2026-01-01T00:00:01Z", 0.1, of_brief.ask("How long does an egg boil?")
    )
    conversation = Conversation(ONE).asked(answered).asked(egg)
    text = markdown(conversation)
    assert answered.answer
    assert "smuggled to the Taliban over the Tajik border\\.[^1-1]" in text
    assert f"[^1-1]: “{literal(answered.answer.citations[0].quote)}”" in text
    assert "Related, but not evidence" in text
    assert [Answer.from_json(json.dumps(r)) for r in json.loads(receipts(conversation))] == [
        answered.answer,
        egg.answer,
    ]
    assert plain(answered.answer).endswith("paragraph 6)")


@given(st.text(max_size=80))
def test_literal_markdown_shows_just_the_text(text: str) -> None:
    text = text.replace("\0", "")
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(f"x{literal(text)}x").strip()
    assert "<" not in html.removeprefix("<p>").removesuffix("</p>")
