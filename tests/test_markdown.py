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


def test_the_words_inside_html_are_evidence_and_its_comments_and_scripts_are_not() -> None:
    source = (
        "<div><p>The mill<br>burned &amp; fell.</p></div>\n\n<script>x = 1</script>\n\n<!-- no -->\n\na<br>b ~~c~~\n"
    )
    assert [text for _, text in parts(source)] == ["The mill burned & fell.", "a b c"]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert [text for _, text in parts("---\n\n# The mill\n\nIt burned.\n\n---\n\nThe end.\n")] == [
        "The mill",
        "It burned.",
        "The end.",
    ]


def test_deep_nesting_loses_no_words() -> None:
    assert "deep" in markdown_text("> " * 40 + "deep\n")[0]


def test_the_words_of_a_text_with_no_markup_come_back_as_they_are() -> None:
    text, blocks = markdown_text("Plain words.")
    assert text == "Plain words."
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH]
