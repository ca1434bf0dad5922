"""The page's HTML and Markdown. What a person sees of it is tested in a browser: `test_browser.py`."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.document import Hit
from index.split import split
from qa.answer import Citation, Claim, Draft, as_quote
from qa.page import answer_markdown, document_html, literal
from qa.verify import verify
from tests.conftest import document

HOSTILE = '<script>alert(1)</script> <img src=x onerror="alert(1)"> [x](javascript:alert(1)) **bold** $x$ https://e.org'


def citations(text: str, *spans: tuple[int, int]) -> list[Citation]:
    return [
        Citation(n, document(text).id, "s", "t", text[a:b], a, b, None, 1) for n, (a, b) in enumerate(spans, start=1)
    ]


def plain(html: str) -> str:
    return unescape(re.sub(r"<sup>\d+</sup>|</?(?:article|h2|h3|p|mark|span)\b[^>]*>", "", html))


@given(st.text(max_size=300), st.lists(st.tuples(st.integers(0, 300), st.integers(1, 80)), max_size=4))
def test_the_document_is_shown_whole_and_escaped_wherever_the_marks_fall(
    text: str, marks: list[tuple[int, int]]
) -> None:
    made = document(text)
    places = citations(text, *((a, min(a + n, len(text))) for a, n in marks if a < len(text)))
    html = document_html(made, places[::2], places[1::2])
    assert plain(html) == "".join(text[b.start : b.end] for b in made.blocks)


def test_a_mark_holds_exactly_the_quote() -> None:
    text = "The old mill burned. Nobody rebuilt it."
    html = document_html(document(text), citations(text, (21, 39)))
    assert re.search('<mark id="cited-[0-9a-f]+-21">Nobody rebuilt it.<sup>1</sup></mark>', html)


def test_a_hostile_document_is_shown_as_text() -> None:
    html = document_html(document(HOSTILE + " said the mill, and then it burned to the ground in the summer."), ())
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "text", [HOSTILE, "# x", "- x", "1. x", "> x", "`x`", "~~x~~", "a\n\n    code", "&lt;b&gt;", "|a|b|"]
)
def test_literal_markdown_shows_just_the_text(text: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(literal(text)).strip()
    assert html.startswith("<p>")
    assert "<" not in html.removeprefix("<p>").removesuffix("</p>")
    assert unescape(html.removeprefix("<p>").removesuffix("</p>")) == " ".join(text.split())


def test_a_long_document_is_shown_around_its_first_mark() -> None:
    text = "\n\n".join(f"Paragraph number {i} says little of any note about the mill." for i in range(2000))
    at = text.index("Paragraph number 1500 ")
    html = document_html(document(text), citations(text, (at, at + 9)))
    assert "Paragraph number 1499" in html
    assert "Paragraph number 1000 " not in html
    assert "of 2000 paragraphs are shown" in html
    assert len(html) < 60_000


def test_in_a_long_document_every_citation_of_the_conversation_has_its_place() -> None:
    text = "\n\n".join(f"Paragraph number {i} says little of any note about the mill." for i in range(2000))
    places = citations(
        text, *((text.index(f"Paragraph number {i} "), text.index(f" number {i} ")) for i in (150, 1900))
    )
    html = document_html(document(text), places[:1], places[1:])
    assert html.count('id="cited-') == 2


def test_a_marker_in_the_documents_own_words_does_not_become_a_link() -> None:
    made = document("The mill burned in 1834 [7].")
    (passage,) = split(made)
    quote = as_quote(passage.id, passage.sentences[0])
    draft = Draft("When?", (Claim(passage.text, (quote,)),), "test")
    markdown = answer_markdown(verify(draft, [Hit(passage, made, 1.0)]))
    assert re.findall(r"\[\\\[(\d)\\\]\]\(#cited", markdown) == ["1", "1"]


def test_a_refusal_names_its_passages_as_no_evidence_and_links_nothing() -> None:
    made = document("The mill burned in 1834.")
    hits = [Hit(passage, made, 1.0) for passage in split(made)]
    markdown = answer_markdown(verify(Draft("Who?", (), "test"), hits))
    assert "does not answer" in markdown
    assert "not evidence" in markdown
    assert "#cited" not in markdown
