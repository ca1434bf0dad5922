import pytest

from index.document import Block, BlockKind
from index.layout import blocks_of

LONG = "The old mill by the river burned down in the dry summer of 1834, and nobody ever rebuilt it."


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, text[block.start : block.end]) for block in blocks_of(text)]


def test_a_short_line_above_a_longer_text_is_a_heading() -> None:
    assert kinds(f"The mill\n\n{LONG}") == [("heading", "The mill"), ("paragraph", LONG)]


def test_a_heading_without_a_blank_line_before_it_is_still_one() -> None:
    text = f"{LONG}\nWhat came after\n\n{LONG}"
    assert [kind for kind, _ in kinds(text)] == ["paragraph", "heading", "paragraph"]


@pytest.mark.parametrize("line", ["By Anna Smith", "It burned.", "- a point", "2) a second point", "“Burned!”"])
def test_bylines_sentences_and_list_items_are_no_headings(line: str) -> None:
    assert kinds(f"{line}\n\n{LONG}")[0] == ("paragraph", line)


def test_lines_wrapped_at_a_column_are_one_paragraph() -> None:
    wrapped = "The old mill by the river burned down in\nthe dry summer of 1834, and nobody ever\nrebuilt it."
    assert kinds(wrapped) == [("paragraph", wrapped)]


def test_one_paragraph_on_a_line_makes_a_paragraph_each() -> None:
    assert kinds(f"{LONG}\n{LONG} {LONG}") == [("paragraph", LONG), ("paragraph", f"{LONG} {LONG}")]


def test_a_text_of_headings_alone_is_all_evidence() -> None:
    assert kinds("The mill") == [("paragraph", "The mill")]


@pytest.mark.parametrize(
    "tail",
    [
        "Check Also\n\nAnother mill burns\n\nIt was the third this year, and the owners …",
        "Related articles\n\nAnother mill burns",
        "You may also like:\n\nAnother mill burns",
        "Share this article\n\nSubscribe to our newsletter",
    ],
)
def test_what_a_web_page_leaves_below_its_article_is_clutter(tail: str) -> None:
    body = "\n\n".join([LONG] * 9)
    blocks = blocks_of(f"{body}\n\n{tail}")
    assert [b.kind for b in blocks[:9]] == [BlockKind.PARAGRAPH] * 9
    assert {b.kind for b in blocks[9:]} == {BlockKind.CLUTTER}


def test_a_section_that_is_named_like_clutter_but_makes_up_much_of_the_text_is_evidence() -> None:
    text = f"{LONG}\n\nRelated stories\n\n{LONG} {LONG}"
    assert BlockKind.CLUTTER not in {b.kind for b in blocks_of(text)}


@pytest.mark.parametrize(
    "tail",
    [
        f"More on the weapons\n\n{LONG}",
        "Comments\n\nThe council had none.",
        "Recommended\n\nPatients should take 5 mg a day.",
        "Related\n\nAnother mill burned down in 1835.",
        "More in sorrow than in anger.",
        "Follow us, he said.",
        "And it was he who burned the mill …",
        "Share this fate, he said\n\nand no other.",
    ],
)
def test_the_last_section_of_a_text_is_never_lost_as_clutter(tail: str) -> None:
    body = "\n\n".join([LONG] * 9)
    assert BlockKind.CLUTTER not in {b.kind for b in blocks_of(f"{body}\n\n{tail}")}


@pytest.mark.parametrize(
    "text",
    [
        "THE MILL\nIt is not true, the court found after hearing forty witnesses, that\n"
        "Karel Novak burned down the mill in 1834. He was in Ghent on that day,\nas the innkeeper testified.",
        "The mayor did not\nburn the mill in 1834, whatever\nthe papers of the time say.",
        "- The mill burned in 1834, according to a report that\n  Karel Novak denied.\n- Nobody rebuilt it.",
        "He was seen in Ghent on that very day by the innkeeper, by his wife, and by Dr.\nSmith, who denied it.",
    ],
)
def test_a_line_break_never_cuts_a_sentence(text: str) -> None:
    ends = [text[block.start : block.end] for block in blocks_of(text)]
    assert all(end.endswith((".", "MILL")) for end in ends)


def test_a_line_of_many_spaces_is_read_at_once() -> None:
    assert blocks_of(" " * 1_000_000 + "\nThe mill burned.") == (Block(1_000_001, 1_000_017, BlockKind.PARAGRAPH),)


def test_clutter_words_in_the_middle_of_an_article_are_evidence() -> None:
    body = "\n\n".join([LONG] * 6)
    text = f"{LONG}\n\nAdvertisement\n\n{body}"
    assert BlockKind.CLUTTER not in {b.kind for b in blocks_of(text)}


def test_blocks_carry_no_outer_white_space() -> None:
    assert blocks_of("  a b.  \n\n\t c.\n") == (
        Block(2, 6, BlockKind.PARAGRAPH),
        Block(12, 14, BlockKind.PARAGRAPH),
    )
