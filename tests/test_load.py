from collections.abc import Callable
from pathlib import Path

import pytest

from index.document import BlockKind
from index.load import LoadError, load, load_bytes
from tests.conftest import Ran

SENTENCE = "The mill burned down in 1834."

BAD = {
    "empty.txt": (b"", "no text in it"),
    "blank.txt": (b" \n\t\n", "no text in it"),
    "comment.md": (b"<!-- nothing to see -->", "no text in it"),
    "binary.txt": (b"\x7fELF\x00\x01\x02\xff" * 9, "binary"),
    "nul.txt": (b"text\x00text", "binary"),
    "latin.txt": ("café".encode("latin-1"), "not UTF-8 text (byte 0xe9 at 3)"),
    "large.txt": (b"word " * 250_000, "over the limit of 1 MiB"),
    "paper.pdf": (b"%PDF-1.7", "cannot read this kind of file"),
    "noending": (b"words", "cannot read this kind of file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_that_quotes_the_path_and_says_what_to_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    data, complaint = BAD[name]
    path.write_bytes(data)
    with pytest.raises(LoadError) as raised:
        load(path, max_mb=1)
    assert str(path) in str(raised.value)
    assert complaint in str(raised.value)
    assert str(raised.value).endswith("."), "the message ends with what to do"


def test_a_missing_path_a_folder_without_texts_and_a_web_address_are_load_errors(tmp_path: Path) -> None:
    for source in ("", tmp_path / "missing.txt", tmp_path, "https://example.org/article", "bad\0name.txt", "/dev/zero"):
        with pytest.raises(LoadError):
            load(source)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", [*BAD, "missing.txt"])
def test_bad_input_leaves_the_index_as_it_was(
    name: str, tmp_path: Path, footnote: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_MAX_FILE_MB", "1")
    good, bad = tmp_path / "good.txt", tmp_path / name
    good.write_text(SENTENCE)
    if name in BAD:
        bad.write_bytes(BAD[name][0])
    assert footnote("index", good).code == 0
    before = footnote("index").out
    ran = footnote("index", good, bad)
    assert ran.code == 2
    assert ran.out == ""
    assert str(bad) in ran.err
    assert "Traceback" not in ran.err
    assert footnote("index").out == before


@pytest.mark.parametrize(
    "data",
    [
        SENTENCE.encode(),
        b"\xef\xbb\xbf" + SENTENCE.encode(),
        SENTENCE.encode("utf-16"),
    ],
    ids=["utf-8", "byte order mark", "utf-16"],
)
def test_the_same_words_in_any_unicode_encoding_are_the_same_text(data: bytes) -> None:
    assert load_bytes(data, name="a.txt").text == SENTENCE


def test_line_ends_of_every_system_become_one() -> None:
    assert load_bytes(b"One.\r\nTwo.\rThree.\n", name="a.txt").text == "One.\nTwo.\nThree.\n"


def test_a_folder_gives_its_readable_files_in_order_and_passes_over_the_others(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.text", ".hidden.txt", ".git/d.txt", "image.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(SENTENCE)
    assert [Path(d.source).relative_to(tmp_path).as_posix() for d in load(tmp_path)] == ["a.md", "b.txt", "sub/c.text"]


def test_the_title_is_the_first_heading_or_the_file_name() -> None:
    assert load_bytes(f"# The mill\n\n{SENTENCE}".encode(), name="a.md").title == "The mill"
    assert load_bytes(SENTENCE.encode(), name="/folder/the-mill.txt").title == "the-mill"


def test_the_id_follows_the_source_and_the_text() -> None:
    one = load_bytes(SENTENCE.encode(), name="a.txt")
    assert one == load_bytes(SENTENCE.encode(), name="a.txt")
    assert one.id != load_bytes(SENTENCE.encode(), name="b.txt").id
    assert one.id != load_bytes(f"{SENTENCE} ".encode(), name="a.txt").id


def test_the_teasers_below_the_article_are_clutter_and_its_last_paragraph_is_not(article: Path) -> None:
    (loaded,) = load(article)
    clutter = [loaded.text[b.start : b.end] for b in loaded.blocks if b.kind is BlockKind.CLUTTER]
    assert clutter[0] == "Check Also"
    assert len(clutter) == 3
    last = [b for b in loaded.blocks if b.kind is BlockKind.PARAGRAPH][-1]
    assert "nascent commercial opportunities" in loaded.text[last.start : last.end]
