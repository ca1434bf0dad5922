from pathlib import Path

import pytest

from index.load import LoadError
from index.sample import SOURCE
from qa import Settings
from qa.library import Library, open_library

MILL = b"The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."
WELL = b"The well was dug in 1790 by the monks of the abbey, and it never ran dry in two hundred years."


@pytest.fixture
def library(home: Path) -> Library:
    opened = open_library(settings=Settings(home=home))
    opened.prepare()
    return opened


def test_a_fresh_library_has_the_built_in_document_and_says_what_it_waits_for(home: Path) -> None:
    library = open_library(settings=Settings(home=home))
    assert [d.source for d in library.documents] == [SOURCE]
    assert library.waiting
    assert not library.is_ready(0)
    library.prepare()
    assert library.waiting is None
    assert library.is_ready(0)


def test_an_added_file_is_asked_alone_or_with_the_others(library: Library) -> None:
    (mill,) = library.add(MILL, name="mill.txt")
    assert library.assistant([mill.id]).ask("When did the old mill burn down?").short == "1834"
    both = library.assistant([d.id for d in library.documents])
    assert {d.source for d in both.ask("When did the old mill burn down?").documents} == {SOURCE, "mill.txt"}


def test_another_file_of_the_same_name_takes_nothing_away(library: Library) -> None:
    library.add(MILL, name="old.txt")
    library.add(WELL, name="old.txt")
    library.add(WELL, name="old.txt")
    assert [d.source for d in library.documents] == [SOURCE, "old.txt", "old (2).txt"]


def test_a_path_in_a_files_name_names_no_place(library: Library) -> None:
    (mill,) = library.add(MILL, name="../../etc/mill.txt")
    assert mill.source == "mill.txt"


def test_a_removed_document_is_gone_for_good_and_the_others_are_asked(library: Library, home: Path) -> None:
    (mill,) = library.add(MILL, name="mill.txt")
    library.remove(mill.id)
    library.remove(mill.id)
    assert [d.source for d in library.chosen([mill.id])] == [SOURCE]
    assert [d.source for d in open_library(settings=Settings(home=home)).documents] == [SOURCE]


def test_with_nothing_left_it_says_so(library: Library) -> None:
    library.remove(library.documents[0].id)
    with pytest.raises(LoadError, match="no document to ask"):
        library.assistant()


@pytest.mark.parametrize("address", ["/etc/passwd", "file:///etc/passwd", "mill.txt", ""])
def test_what_is_no_web_address_is_not_opened(address: str, home: Path) -> None:
    library = open_library(settings=Settings(home=home))
    with pytest.raises(LoadError, match="is no web address"):
        library.add_address(address)


def test_a_file_that_was_opened_with_stands_in_for_what_it_held_before(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "mill.txt"
    path.write_bytes(MILL)
    open_library([path], settings=Settings(home=home)).prepare()
    path.write_bytes(WELL)
    library = open_library([path], settings=Settings(home=home))
    assert [d.text.encode() for d in library.documents] == [WELL]
