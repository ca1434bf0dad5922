from pathlib import Path

import numpy as np
import pytest

from index.embed import Embedder
from index.search import Lexical, Search
from index.split import split
from index.store import Store
from tests.conftest import document

MILL = "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to the coast afterwards. " * 4
BRIDGE = "A bridge of seven arches crosses the water below the town. Masons from Ghent built it in three years. " * 4
FAIR = (
    "Every spring the cattle fair fills the market square. Dealers travel for days to reach it with their herds. " * 4
)


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    store = Store(tmp_path_factory.mktemp("index"), Embedder())
    made = document("\n\n".join((MILL, BRIDGE, FAIR)))
    store.add(made, split(made))
    return Search(store, [made])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Adam Reed", "The old mill"),
        ("What was destroyed by fire?", "The old mill"),
        ("How many arches?", "A bridge"),
        ("livestock market", "Every spring"),
    ],
)
def test_passages_are_found_by_their_words_and_by_their_meaning(search: Search, query: str, found: str) -> None:
    assert search(query, limit=1)[0].passage.text.startswith(found)


def test_hits_come_best_first_at_most_as_many_as_asked_and_no_passage_twice(search: Search) -> None:
    hits = search("the mill and the bridge", limit=3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits) == 3
    assert hits == search("the mill and the bridge", limit=3)


def test_only_the_documents_that_were_asked_are_searched(tmp_path: Path) -> None:
    store = Store(tmp_path, Embedder())
    one, other = document(MILL, "one.txt"), document(BRIDGE, "other.txt")
    for made in (one, other):
        store.add(made, split(made))
    hits = Search(store, [other])("When did the mill burn?", limit=9)
    assert hits
    assert {hit.document.source for hit in hits} == {"other.txt"}


def test_no_passage_is_left_out_however_often_documents_were_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path, Embedder())
    for year in range(1834, 1840):
        for source, trades in (("one.txt", ("baker", "smith", "tanner")), ("other.txt", ("weaver", "doctor", "clerk"))):
            shops = (f"The {trade} of the town opened a shop beside the church in {year}. " * 6 for trade in trades)
            made = document("\n\n".join(shops), source)
            store.add(made, split(made))
    documents = store.documents()
    passages = [passage for made in documents for passage in split(made)]
    vectors = store.embedder.encode([passage.indexed_text for passage in passages])
    assert len(passages) == 6
    for query in ("livestock", "fire", "medicine"):  # in no passage, so that only their meaning can find one
        nearest = np.argsort(-(vectors @ store.embedder.encode([query])[0]), kind="stable")
        hits = Search(store, documents)(query, limit=len(passages))
        assert [hit.passage.id for hit in hits] == [passages[i].id for i in nearest]


def test_nothing_to_search_gives_no_hits(tmp_path: Path) -> None:
    assert Search(Store(tmp_path, Embedder()), [])("anything", limit=3) == []


def test_bm25_ranks_by_stems_and_only_texts_that_share_one() -> None:
    lexical = Lexical(["the mill burned", "seven bridges", "of the and"])
    assert lexical.ranking("burning", limit=9) == [0]
    assert lexical.ranking("bridge", limit=9) == [1]
    assert lexical.ranking("of the", limit=9) == []
    assert lexical.ranking("cattle", limit=9) == []
    assert Lexical([]).ranking("mill", limit=9) == []
