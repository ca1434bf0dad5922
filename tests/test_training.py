import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from torch import nn

from index.embed import packaged_folder
from qa.reader import mixture, network, train
from qa.reader.changes import Neighbours, negate, prune, swap_name, swap_word
from qa.reader.examples import Example, Rng, edit, holds_answer, load, window
from qa.reader.measures import auroc, exact, f1, interval, refused_at
from qa.reader.wording import reword

TOWNS = "Ghent Bruges Leuven Namur Dinant Kortrijk Tournai Mechelen".split()
OWNERS = "Adam Reed,Clara Voss,Piet Maes,Nora Lind,Karel Novak,Ines Dahl,Hugo Brandt,Vera Quist".split(",")
RIVERS = "Lys Zwin Dyle Sambre Meuse Scheldt Escaut Senne".split()


def examples() -> list[Example]:
    made: list[Example] = []
    for town, owner, river, year in zip(TOWNS, OWNERS, RIVERS, range(1801, 1880, 10), strict=True):
        text = (
            f"Boats reached {town} by the river {river}. The large mill of {town} was built by {owner} in {year}."
            f" Masons opened a stone bridge there in {year + 101}. Later a fire destroyed the old church."
        )
        mill, bridge = f"Who was the large mill of {town} built by in {year}?", f"When was the bridge in {town} opened?"
        for question, answer in ((mill, owner), (bridge, str(year + 101))):
            span = (text.index(answer), text.index(answer) + len(answer))
            made.append(Example("newwiki", "given", question, text, (span,), "", "newwiki"))
        made.append(Example("squad2", "unanswerable", f"Who sold the mill of {town}?", text, (), "", "squad2"))
    return made


def write(folder: Path, rows: list[Example], shift: int = 0) -> Path:
    path, lines = folder / "reader_train.jsonl.gz", ""
    for row in rows:
        answers = [{"text": row.context[s:e], "start": s + shift} for s, e in row.answers]
        held = {"id": "1", "source": row.source, "document_id": None, "question": row.question, "history": []}
        lines += json.dumps({**held, "context": row.context, "answers": answers, "answerable": row.answerable}) + "\n"
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def sure(made: Example | None) -> Example:
    assert made is not None
    return made


def words(example: Example) -> list[str]:
    return [example.context[s:e] for s, e in example.answers]


ALL = examples()
NAMES = mixture.all_names(ALL, lambda texts: np.random.default_rng(3).normal(size=(len(texts), 8)))
NEIGHBOURS = Neighbours(ALL)
KINDS = "name question,name context,name both,word,denied,other denied,removed,pruned,neighbour".split(",")
SMALL = mixture.Mixture({"newwiki": 1.5}, 0.5, tuple((kind, 3, ("newwiki",)) for kind in KINDS))
answerable = st.sampled_from([example for example in ALL if example.answerable])
dice = st.integers(0, 10**6).map(Rng)
quick = settings(deadline=None, max_examples=60)


def test_a_line_is_read_whole_and_one_whose_answer_is_not_at_its_place_is_left_out(tmp_path: Path) -> None:
    assert load(write(tmp_path, ALL)) == ALL
    assert load(write(tmp_path, ALL, shift=1)) == [row for row in ALL if not row.answerable]


@quick
@given(answerable, st.lists(st.integers(0, 150), max_size=6, unique=True), st.text("xy ", max_size=9))
def test_an_edit_moves_every_answer_that_it_does_not_touch(example: Example, cuts: list[int], new: str) -> None:
    cuts.sort()
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    made = edit(example, [(a, b, new) for a, b in ranges])
    touched = any(a < end and b > start for a, b in ranges for start, end in example.answers)
    assert words(made) == ([] if touched else words(example))
    assert len(made.context) == len(example.context) + sum(len(new) - (b - a) for a, b in ranges)


@quick
@given(answerable, dice, st.integers(1, 60))
def test_a_window_is_a_part_of_the_passage_that_keeps_the_answer(example: Example, rng: Rng, size: int) -> None:
    made = window(example, size, rng)
    assert made.context in example.context
    assert words(made) == words(example)
    assert len(made.context.split()) <= max(size, 14)  # the longest sentence has fewer than 14 words


@quick
@given(answerable, dice)
def test_a_change_that_leaves_the_answer_moves_its_place(example: Example, rng: Rng) -> None:
    renamed, denied = sure(swap_name(example, NAMES, rng, "both")), sure(negate(example, rng, evidence=False))
    pruned, padded = sure(prune(example, rng, evidence=False)), NEIGHBOURS.pad(example, rng)
    for made in (renamed, denied, pruned, padded):
        assert words(made) == words(example)
        assert made.context != example.context
    assert renamed.question != example.question == denied.question == pruned.question


@quick
@given(answerable, dice)
def test_a_swapped_name_makes_an_unanswerable_example(example: Example, rng: Rng) -> None:
    asked, told = (sure(swap_name(example, NAMES, rng, mode)) for mode in ("question", "context"))
    assert not asked.answers + told.answers
    assert asked.context == example.context
    assert asked.question != example.question == told.question
    assert any(word in example.context and word not in told.context for word in example.question[:-1].split())


@quick
@given(answerable, dice)
def test_a_removed_or_replaced_evidence_sentence_makes_an_unanswerable_example(example: Example, rng: Rng) -> None:
    for made in (sure(prune(example, rng, evidence=True)), sure(NEIGHBOURS.swap(example, rng))):
        assert not made.answerable
        assert not holds_answer(made.context, example)
        assert made.question == example.question


def test_a_denied_sentence_or_an_opposite_word_makes_an_unanswerable_example() -> None:
    denied, opposite = sure(negate(ALL[0], Rng(1), evidence=True)), sure(swap_word(ALL[0], Rng(1)))
    assert "was not built by" in denied.context or "was never built by" in denied.context
    assert opposite.question == ALL[0].question.replace("large", "small")
    assert not denied.answers + opposite.answers


@quick
@given(st.sampled_from(ALL), dice)
def test_rewording_never_changes_the_passage_or_its_answers(example: Example, rng: Rng) -> None:
    made = reword(example, rng)
    assert replace(made, question=example.question) == example
    assert made.question.strip()
    assert 60 < sum(reword(example, Rng(i)) != example for i in range(200)) < 180  # it does change questions


def test_the_same_seed_makes_the_same_examples_of_every_kind() -> None:
    made = mixture.build(ALL, NAMES, SMALL, 5)
    assert made == mixture.build(ALL, NAMES, SMALL, 5) != mixture.build(ALL, NAMES, SMALL, 6)
    kinds = "near name,renamed,near word,denied,other denied,removed,pruned,neighbour,given,unanswerable"
    assert {row.kind for row in made} == set(kinds.split(","))


def test_a_restarted_run_reads_its_rows_which_mark_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ALL)
    monkeypatch.setattr(mixture, "BROAD", SMALL)
    monkeypatch.setattr(mixture, "NARROW", mixture.Mixture({"newwiki": 1.0}, 1.0, ()))
    first = train.make_rows(tmp_path, packaged_folder(), tmp_path, 3, 1.0)
    monkeypatch.setattr(mixture, "build", None)
    assert train.make_rows(tmp_path, packaged_folder(), tmp_path, 3, 1.0) == first
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    told = {tokenizer.decode(row.ids[row.start : row.end + 1]) for row in first[1] if row.start}
    assert told == {answer.lower() for row in ALL for answer in words(row)}
    assert sum(row.start == 0 for row in first[1]) == len(TOWNS)


ROWS = [train.Row([1, 5, 2, *range(7, 12 + i), 2], 3, 3 + i % 4, 4 + i % 4) for i in range(6)]
BROAD, NARROW = train.batches(ROWS[:4], 2, 1), train.batches(ROWS[4:], 1, 1)


def trainer(folder: Path, seed: int) -> train.Trainer:
    torch.manual_seed(seed)
    reader = network.Reader()
    reader.words, reader.drop.p = nn.Embedding(20, network.WIDTH), 0.0
    return train.Trainer(reader, 1e-3, 12, 1e9, folder)


def test_a_run_that_is_resumed_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LAYERS", 1)
    monkeypatch.setattr(train, "CHECKPOINT_EVERY", 10)  # when one narrow batch was seen, of two
    monkeypatch.setattr(torch, "set_num_threads", int)  # leaves the number as it is
    whole, stopped, resumed = (trainer(tmp_path, seed) for seed in (1, 1, 2))
    threads = train.Threads(1)
    monkeypatch.setattr(threads, "before", list(range(11)).__getitem__)
    with pytest.raises(IndexError):  # before step 11
        train.train(stopped, BROAD, NARROW, threads)
    resumed.resume()
    assert (resumed.step, resumed.narrow) == (10, 1)
    for run in (resumed, whole):
        train.train(run, BROAD, NARROW, train.Threads(1))
    ends = [[*run.master, *run.average, *run.model.parameters()] for run in (whole, resumed)]
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))


def test_the_measures_are_right_on_cases_done_by_hand() -> None:
    assert f1("The old mill", ["church", "old mill burned"]) == pytest.approx(0.8)  # 2 of 2 and 2 of 3 words
    assert (f1("", ["the"]), f1("mill", ["bridge"])) == (1.0, 0.0)
    assert (exact("The Mill.", ["a  mill"]), exact("mills", ["mill"])) == (1.0, 0.0)
    assert interval([1.0, 1.0]) == (100.0, 100.0, 100.0)
    assert auroc([2, 3], [1, 2]) == 87.5  # three pairs of four, and half of a tie
    threshold, refused, balanced = refused_at([1, 2, 3, 4, 5], [0, 1.5, 2.5], 0.25)
    assert (threshold, refused[0], balanced) == (2.0, pytest.approx(200 / 3), 3.0)
