import gzip
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnxruntime import InferenceSession
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from index.embed import packaged_folder
from qa.reader import mixture, network, rows, train, trainer
from qa.reader.changes import Neighbours, add_detail, negate, prune, swap_name, swap_word
from qa.reader.examples import (
    WRITTEN,
    WRITTEN_DEV,
    Example,
    Rng,
    edit,
    holds_answer,
    load,
    load_documents,
    load_written,
    mentions_answer,
    read_lines,
    window,
)
from qa.reader.measures import auroc, exact, f1, interval, refused_at
from qa.reader.model import MODEL_FILE
from qa.reader.model import Reader as OnnxReader
from qa.reader.teacher import Teacher
from qa.reader.wording import misspell_question, reword

TOWNS = "Ghent Bruges Leuven Namur Dinant Kortrijk Tournai Mechelen".split()
OWNERS = "Adam Reed,Clara Voss,Piet Maes,Nora Lind,Karel Novak,Ines Dahl,Hugo Brandt,Vera Quist".split(",")
HOMES = dict(zip(TOWNS, "Genoa Pisa Siena Turin Como Lucca Padua Parma".split(), strict=True))
RIVERS = "Lys Zwin Dyle Sambre Meuse Scheldt Escaut Senne".split()


def examples() -> list[Example]:
    made: list[Example] = []
    for town, owner, river, year in zip(TOWNS, OWNERS, RIVERS, range(1801, 1880, 10), strict=True):
        text = (
            f"Boats reached {town} by the river {river}. The large mill of {town} was built by {owner} in {year}."
            f" Masons from {HOMES[town]} opened a stone bridge there in {year + 101}. Later a fire destroyed"
            " the old church."
        )
        mill, bridge = f"Who was the large mill of {town} built by in {year}?", f"When was the bridge in {town} opened?"
        for question, answer in ((mill, owner), (bridge, str(year + 101))):
            span = (text.index(answer), text.index(answer) + len(answer))
            made.append(Example("newwiki", "given", question, text, (span,), "", "newwiki"))
        made.append(Example("squad2", "unanswerable", f"Who sold the mill of {town}?", text, (), "", "squad2"))
    return made


def write(folder: Path, rows: list[Example], shift: int = 0) -> Path:
    (folder / "documents.jsonl.gz").write_bytes(
        gzip.compress(json.dumps({"id": "1", "text": rows[0].context}).encode())
    )
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
MORE = {"newwiki": ["The large mill of Ghent has three floors.", "Clara Voss built the mill of Bruges."]}
NEIGHBOURS = Neighbours(ALL, MORE)
KINDS = """
    name question,name context,name both,word,true detail,false detail,denied,other denied,removed,pruned,neighbour
    """.strip().split(",")
SMALL = mixture.Mixture({"newwiki": 1.5}, 0.5, 0.0, tuple((kind, 3, ("newwiki",)) for kind in KINDS))
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


@quick
@given(answerable, dice)
def test_a_detail_that_the_evidence_names_leaves_the_answer_and_another_one_takes_it(
    example: Example, rng: Rng
) -> None:
    seed, bare = rng.randrange(100), replace(example, question="Who was it?")  # names none of the passage's details
    true, false = (add_detail(bare, NAMES, Rng(seed), true=true) for true in (True, False))
    assert sure(true).answers == example.answers
    assert not sure(false).answers
    assert sure(true).question.rstrip("?").split(" ", 4)[-1] in example.context
    assert sure(false).question.rstrip("?").split(" ", 4)[-1] not in example.context


def test_a_kind_of_near_miss_that_cannot_be_made_is_named() -> None:
    bare = [Example("newwiki", "given", "Who?", "it was he", ((7, 9),), "", "newwiki")]
    with pytest.raises(ValueError, match="name question"):
        mixture.build(bare, {}, NAMES, SMALL, 1)


@quick
@given(answerable, dice)
def test_a_misspelt_question_keeps_its_words_in_number_and_place(example: Example, rng: Rng) -> None:
    made, told = misspell_question(example.question, rng).split(), example.question.split()
    assert 1 <= sum(a != b for a, b in zip(made, told, strict=True)) <= 2
    assert all(a[0] == b[0] and abs(len(a) - len(b)) <= 2 for a, b in zip(made, told, strict=True))


def test_a_document_gives_more_passages_to_mistake_for_the_answer(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    assert load_documents(tmp_path / "documents.jsonl.gz") == {"1": [ALL[0].context]}
    near = NEIGHBOURS.near(ALL[0], 4)
    assert MORE["newwiki"][0] in near
    assert not any(mentions_answer(passage, ALL[0]) for passage in near)
    assert mentions_answer("Reed, Adam", ALL[0])


def test_the_same_seed_makes_the_same_examples_of_every_kind() -> None:
    made = mixture.build(ALL, MORE, NAMES, SMALL, 5)
    assert made == mixture.build(ALL, MORE, NAMES, SMALL, 5) != mixture.build(ALL, MORE, NAMES, SMALL, 6)
    assert {row.kind for row in made} == {*KINDS, "given", "unanswerable"}


def test_a_question_written_for_a_passage_has_its_answer_there_or_none(tmp_path: Path) -> None:
    data, path = write(tmp_path, ALL[:1]), tmp_path / "written.jsonl.gz"
    written = [
        {"row": "1", "kind": "near miss", "question": "Who sold the mill?"},
        {"row": "1", "kind": "reworded", "question": "Which man put it up?"},
        {"row": "1", "kind": "new", "question": "Which craftsmen came?", "answers": ["Masons"], "follows": True},
        {"row": "1", "kind": "new", "question": "What did they bake?", "answers": ["Mason"]},  # no word of the passage
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, written)).encode()))
    read = load_written(path, data)
    assert [(row.kind, words(row)) for row in read] == [
        ("near miss", []),
        ("reworded", ["Adam Reed"]),
        ("new", ["Masons"]),
    ]
    assert [row.history for row in read] == ["", "", f"{ALL[0].question} | Adam Reed"]
    shown = replace(SMALL, shown={"newwiki": 0.0}, unanswerable=0.0, made=(), written=2.0)
    made = mixture.build([*ALL, *read], MORE, NAMES, shown, 5)
    assert sorted(row.kind for row in made) == sorted(row.kind for row in read * 2)


@pytest.mark.parametrize(
    ("path", "kinds"), [(WRITTEN, mixture.WRITTEN_KINDS), (WRITTEN_DEV, {"near miss", "new"})], ids=["train", "dev"]
)
def test_the_written_questions_are_of_known_kinds_and_none_is_there_twice(path: Path, kinds: set[str]) -> None:
    rows = list(read_lines(path))
    assert {row["kind"] for row in rows} == kinds
    assert all((row["kind"] == "new") == ("answers" in row) for row in rows)
    assert len({(row["row"], row["question"].lower()) for row in rows}) == len(rows)


def test_a_restarted_run_reads_its_rows_which_mark_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ALL)
    (tmp_path / "written.jsonl.gz").write_bytes(gzip.compress(b""))
    monkeypatch.setattr(network, "LAYERS", 1)
    monkeypatch.setattr(train, "WRITTEN", tmp_path / "written.jsonl.gz")
    monkeypatch.setattr(mixture, "MIXTURE", mixture.Mixture({"newwiki": 1.0}, 1.0, 0.0, ()))
    first = train.rows_of(tmp_path, packaged_folder(), tmp_path, 3, 1.0)
    monkeypatch.setattr(mixture, "build", None)
    again = train.rows_of(tmp_path, packaged_folder(), tmp_path, 3, 1.0)
    assert [replace(row, ids=list(row.ids)) for row in again] == [replace(row, ids=list(row.ids)) for row in first]
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    told = {tokenizer.decode([*map(int, row.ids[row.start : row.end + 1])]) for row in first if row.start}
    assert told == {answer.lower() for row in ALL for answer in words(row)}
    assert sum(row.start == 0 for row in first) == len(TOWNS)


ROWS = [rows.Row([101, 5, 102, *range(7, 12 + i), 102], 3, 3 + i % 4, 4 + i % 4) for i in range(6)]


def new_trainer(folder: Path, seed: int, steps: int, teacher: nn.Module | None = None) -> trainer.Trainer:
    torch.manual_seed(seed)
    reader = network.Reader()
    reader.words, reader.drop.p = nn.Embedding(103, network.WIDTH), 0.0
    return trainer.Trainer(reader, partial(trainer.loss_of, reader, teacher=teacher), 1e-3, steps, 1e9, folder)


def test_a_run_that_is_resumed_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LAYERS", 1)
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY", 10)
    made = rows.batches(ROWS, 2, 1)
    whole, stopped, resumed = (new_trainer(tmp_path, seed, 14) for seed in (1, 1, 2))

    def until_it_is_stopped(batch: trainer.Batch) -> Tensor:
        if stopped.step == 11:
            raise KeyboardInterrupt
        return trainer.loss_of(stopped.model, batch)

    stopped.loss = until_it_is_stopped
    with pytest.raises(KeyboardInterrupt):
        trainer.train(stopped, made)
    resumed.resume()
    assert resumed.step == 10
    for run in (resumed, whole):
        trainer.train(run, made)
    kept = [[held for own in run.optimizer.state.values() for held in own.values()] for run in (whole, resumed)]
    ends = [[*run.average, *run.model.parameters(), *own] for run, own in zip((whole, resumed), kept, strict=True)]
    assert len(kept[0]) == 3 * len(whole.average)
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))
    assert not torch.equal(whole.average[0], next(whole.model.parameters()))


def small_teacher(folder: Path) -> Path:
    torch.manual_seed(1)
    config = MPNetConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def test_the_teacher_reads_the_tokens_of_the_reader_as_those_of_its_own_vocabulary(tmp_path: Path) -> None:
    teacher = Teacher(small_teacher(tmp_path)).eval()
    reader_ids, own_ids = [[101, 7592, 100, 102, 30521, 102, 0]], [[0, 7596, 104, 2, 30525, 2, 1]]
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 0]])
    assert teacher.table[torch.tensor(reader_ids)].tolist() == own_ids
    start, end, _ = teacher(torch.tensor(reader_ids), mask, mask)
    x = teacher.encoder(input_ids=torch.tensor(own_ids), attention_mask=mask).last_hidden_state
    assert torch.equal(torch.stack([start, end], -1), teacher.span(x))


def test_what_follows_a_row_in_its_batch_does_not_change_what_the_teacher_says(tmp_path: Path) -> None:
    teacher = Teacher(small_teacher(tmp_path)).eval()
    short, long = ROWS[0], rows.Row([101, 5, 6, 102, *range(7, 40), 102], 4, 0, 0)
    ids, mask, kinds = network.pad([short.ids, long.ids], [short.passage, long.passage])
    ids[0, len(short.ids) :] = 8
    size, said = len(short.ids), [teacher(*network.pad([short.ids], [short.passage])), teacher(ids, mask, kinds)]
    alone, beside = (torch.cat([start[0, :size], end[0, :size], null[:1]]) for start, end, null in said)
    assert torch.allclose(alone, beside, atol=1e-5)
    assert alone.std() > 0.01


class Decided(nn.Module):
    """Finds the answer at the fifth token of whatever it reads."""

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, ...]:
        del mask, kinds
        place = torch.zeros(ids.shape)
        place[:, 4] = 20.0
        return place, place, torch.full((len(ids),), -5.0)


def test_a_reader_believes_its_teacher_more_than_wrong_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LAYERS", 1)
    wrong = [replace(row, start=0, end=0) for row in ROWS]
    said: list[tuple[float, list[int]]] = []
    for teacher in (None, Decided()):
        run = new_trainer(tmp_path, 1, 30, teacher)
        trainer.train(run, [wrong])
        start, _, null = run.model(*trainer.batch_of(wrong, run.device)[:3])
        said.append((null.mean().item(), start[:, :8].argmax(-1).tolist()))
    alone, taught = said
    assert alone[0] > 1 > -0.5 > taught[0]
    assert (alone[1], taught[1]) == ([0] * len(ROWS), [4] * len(ROWS))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::torch.jit.TracerWarning")
def test_training_makes_both_readers_and_they_can_be_exported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ALL)
    (tmp_path / "written.jsonl.gz").write_bytes(gzip.compress(b""))
    for where, name, value in (
        (network, "LAYERS", 1), (network, "WIDTH", 24), (network, "INNER", 32), (mixture, "MIXTURE", SMALL),
        (train, "WRITTEN", tmp_path / "written.jsonl.gz"),
    ):  # fmt: skip
        monkeypatch.setattr(where, name, value)
    base, teacher = tmp_path / "base", small_teacher(tmp_path / "mpnet")
    config = BertConfig(hidden_size=24, num_hidden_layers=1, num_attention_heads=12, intermediate_size=32)
    BertModel(config, add_pooling_layer=False).save_pretrained(base)
    shutil.copy(packaged_folder() / "tokenizer.json", base)
    line = f"train --data {tmp_path} --base {base} --teacher {teacher} --out {tmp_path / 'out'}".split()
    monkeypatch.setattr("sys.argv", [*line, "--teacher-epochs", "6", "--epochs", "12"])
    train.main()
    made = {name: tmp_path / "out" / name / MODEL_FILE for name in ("small", "large")}
    written = {name: file.read_bytes() for name, file in made.items()}
    trained = {"small": (network.Reader(), "reader"), "large": (Teacher(teacher), "teacher")}
    asked = network.pad([row.ids for row in ROWS], [row.passage for row in ROWS])
    for name, (reader, folder) in trained.items():
        session = InferenceSession(made[name])
        inputs = {i.name for i in session.get_inputs()}
        feed = dict(zip(("input_ids", "attention_mask", "token_type_ids"), asked, strict=True))
        told: Sequence[Any] = session.run(None, {name: feed[name].numpy() for name in inputs})
        kept = torch.load(tmp_path / "out" / folder / "checkpoint.pt", weights_only=True)
        trainer.copy_weights(reader, kept["average"])
        for one, other in zip(told, network.Exported(reader, train.NULL_WEIGHT).eval()(*asked), strict=True):
            assert one == pytest.approx(other.detach().numpy(), abs=0.05)
        (spans,) = OnnxReader(made[name].parent).read("Who owned the mill?", ["Adam Reed owned it."], [[(0, 19)]])
        assert 0 <= spans[0].start < spans[0].end <= 19
        made[name].unlink()
    train.main()  # goes on from the last checkpoint, and so has nothing left to do but to export
    assert {name: file.read_bytes() for name, file in made.items()} == written


def test_a_batch_that_is_read_in_pieces_teaches_what_it_teaches_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "LAYERS", 1)
    found: list[tuple[float, torch.Tensor]] = []
    for size in (len(ROWS), 4):  # the last piece of the second is a smaller one
        monkeypatch.setattr(trainer, "PIECE", size)
        run = new_trainer(tmp_path, 1, 30)
        monkeypatch.setattr(run.optimizer, "zero_grad", list)
        loss = run.update(ROWS).item()
        found.append((loss, torch.cat([p.grad.flatten() for p in run.model.parameters() if p.grad is not None])))
    (one, whole), (other, pieces) = found
    assert one == pytest.approx(other, rel=0.01)
    assert torch.nn.functional.cosine_similarity(whole, pieces, dim=0) > 0.99


def test_the_measures_are_right_on_cases_done_by_hand() -> None:
    assert f1("The old mill", ["church", "old mill burned"]) == pytest.approx(0.8)  # 2 of 2 and 2 of 3 words
    assert (f1("", ["the"]), f1("mill", ["bridge"])) == (1.0, 0.0)
    assert (exact("The Mill.", ["a  mill"]), exact("mills", ["mill"])) == (1.0, 0.0)
    assert interval([1.0, 1.0]) == (100.0, 100.0, 100.0)
    assert auroc([2, 3], [1, 2]) == 87.5  # three pairs of four, and half of a tie
    threshold, refused, balanced = refused_at([1, 2, 3, 4, 5], [0, 1.5, 2.5], 0.25)
    assert (threshold, refused[0], balanced) == (2.0, pytest.approx(200 / 3), 3.0)
