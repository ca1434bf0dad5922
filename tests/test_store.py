import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.document import Document
from index.embed import Embedder
from index.search import Search
from index.split import split
from index.store import OtherModelError, Store, StoreError
from tests.conftest import document

TEXT = "The old mill burned down in 1834.\n\n" + "\n\n".join(f"House number {i} was built of brick." for i in range(40))


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chroma server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    chroma = str(Path(sys.executable).with_name("chroma"))
    command = [chroma, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(params=["folder", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, embedder: Embedder) -> Iterator[Store]:
    url = request.getfixturevalue("server") if request.param == "server" else None
    store = Store(tmp_path / "index", embedder, url=url)
    yield store
    for kept in store.documents():
        store.remove(kept)


def add(store: Store, *documents: Document) -> None:
    for made in documents:
        store.add(made, split(made))


def test_what_is_indexed_comes_back_the_same(store: Store) -> None:
    made = replace(document(TEXT), pages=(0, 20))
    add(store, made)
    assert store.documents() == [made]
    assert store.passages([made]) == split(made)
    assert store.holds(made, split(made))
    assert not store.holds(made, split(made)[1:]), "cut otherwise, it is to be indexed again"


def test_indexing_the_same_document_twice_changes_nothing(store: Store) -> None:
    made = document(TEXT)
    add(store, made, made)
    assert store.documents() == [made]
    assert store.passages([made]) == split(made)


def test_changed_bytes_replace_the_old_passages(store: Store) -> None:
    old, new = document(TEXT), document(TEXT.replace("1834", "1843"))
    add(store, old, new)
    assert store.documents() == [new]
    assert store.passages([old]) == []
    assert "1843" in Search(store, [new])("When did the mill burn?", limit=1)[0].passage.text
    assert not store.holds(old, split(old))


def test_a_search_whose_document_was_indexed_anew_says_so(store: Store) -> None:
    old, new = document(TEXT), document(TEXT.replace("1834", "1843"))
    add(store, old)
    search = Search(store, [old])
    add(store, new)
    with pytest.raises(StoreError, match="indexed anew"):
        search("When did the mill burn?", limit=1)


def test_documents_of_other_sources_are_left_alone(store: Store) -> None:
    one, other = document(TEXT, "one.txt"), document(TEXT, "other.txt")
    add(store, one, other)
    store.remove(one)
    assert store.documents() == [other]
    assert store.passages([one, other]) == split(other)
    store.remove(one)


def test_progress_counts_up_to_all_passages(store: Store) -> None:
    made = document(TEXT)
    told: list[tuple[int, int]] = []
    store.add(made, split(made), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(split(made)), len(split(made)))


def test_an_index_made_by_another_model_is_refused_with_both_names(tmp_path: Path) -> None:
    Store(tmp_path, Embedder())
    with pytest.raises(OtherModelError) as raised:
        Store(tmp_path, Embedder("another-model"))
    assert "'all-MiniLM-L6-v2'" in str(raised.value)
    assert "'another-model'" in str(raised.value)


def test_a_damaged_index_and_a_server_that_is_not_there_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="FOOTNOTE_HOME"):
        Store(tmp_path, Embedder())
    with pytest.raises(StoreError, match="FOOTNOTE_CHROMA_URL"):
        Store(tmp_path, Embedder(), url="http://127.0.0.1:9")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StoreError):
        Store(file / "index", Embedder())


def _die_while_indexing(folder: Path, made: Document) -> None:
    store = Store(folder, Embedder())
    store.add(made, split(made), progress=lambda done, total: os._exit(9))  # noqa: ARG005


def test_a_process_killed_while_indexing_leaves_the_index_as_it_was(tmp_path: Path, embedder: Embedder) -> None:
    old, new = document(TEXT), document(TEXT.replace("1834", "1843"))
    add(Store(tmp_path, embedder), old)
    killed = multiprocessing.get_context("spawn").Process(target=_die_while_indexing, args=(tmp_path, new))
    killed.start()
    killed.join(120)
    assert killed.exitcode == 9
    store = Store(tmp_path, embedder)
    assert store.documents() == [old]
    assert Search(store, [old])("When did the mill burn?", limit=1)[0].passage.text.startswith("The old mill")
    assert store.passages([old]) == split(old)
    add(store, new)
    assert store.documents() == [new]
    assert store.passages([new]) == split(new)
    assert store.passages([old]) == []
