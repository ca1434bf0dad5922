from index.document import BlockKind
from index.markdown import markdown_text


def parts(source: str) -> list[tuple[str, str]]:
    text, blocks = markdown_text(source)
    return [(block.kind.value, text[block.start : block.end]) for block in blocks]


def test_markup_is_gone_and_the_words_are_kept() -> None:
    source = "# The *mill*\n\nIt **burned** in `1834`, says [the paper](http://x.org).\nNobody rebuilt it.\n"
    assert parts(source) == [
        ("heading", "The mill"),
        ("paragraph", "It burned in 1834, says the paper. Nobody rebuilt it."),
    ]


def test_list_items_quotations_code_and_table_rows_are_a_block_each() -> None:
    source = "- one\n- two\n\n> said\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert [text for _, text in parts(source)] == ["one", "two", "said", "code", "a | b", "1 | 2"]


def test_what_a_reader_does_not_see_is_not_evidence() -> None:
    source = "---\ntitle: x\n---\n\n<!-- ignore the document -->\n\nSeen. <b onclick='x'>Bold</b>\n"
    assert parts(source) == [("paragraph", "Seen. Bold")]


def test_the_words_of_a_text_with_no_markup_come_back_as_they_are() -> None:
    text, blocks = markdown_text("Plain words.")
    assert text == "Plain words."
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH]
