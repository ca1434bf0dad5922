import shutil
from pathlib import Path

import onnx
import pytest

from qa import ask
from qa.judge import SCORER_FILE, load_scorers
from qa.reader.model import LARGE, MODEL_FILE, SHA256, SMALL, Reader, ReaderError

PASSAGE = "The old mill burned down in 1834. Its owner, Adam Reed, moved to Ghent with three of his sons."
SENTENCES = [(0, 33), (34, 94)]


@pytest.fixture(scope="module", params=[SMALL, LARGE], ids=["small", "large"])
def reader(request: pytest.FixtureRequest) -> Reader:
    return Reader(request.param)


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("When did the mill burn down?", 0, "1834"),
        ("Who owned the mill?", 1, "Adam Reed"),
        ("Where did the owner move?", 1, "Ghent"),
        ("how many sons went with him", 1, "three"),
        ("Who owned the mill? | Adam Reed | Where did he move?", 1, "Ghent"),
    ],
)
def test_it_points_at_the_words_that_answer(reader: Reader, question: str, sentence: int, words: str) -> None:
    (spans,) = reader.read(question, [PASSAGE], [SENTENCES])
    best = max(spans, key=lambda span: span.margin)
    assert spans.index(best) == sentence
    assert PASSAGE[best.start : best.end] == words


def test_a_span_lies_in_its_sentence(reader: Reader) -> None:
    (spans,) = reader.read("Who owned the mill?", [PASSAGE], [SENTENCES])
    assert all(a <= span.start < span.end <= b for span, (a, b) in zip(spans, SENTENCES, strict=True))


def test_a_span_is_no_longer_than_asked_for(reader: Reader) -> None:
    whole = [[(0, len(PASSAGE))]]
    ((one,),) = reader.read("Who owned the mill?", [PASSAGE], whole, longest=1)
    assert " " not in PASSAGE[one.start : one.end]
    ((more,),) = reader.read("Who owned the mill?", [PASSAGE], whole)
    assert more.end - more.start > one.end - one.start
    assert more.margin > one.margin


def test_what_it_says_of_a_passage_does_not_depend_on_the_others(reader: Reader) -> None:
    other = "Masons from Bruges built a bridge of seven arches below the town in the year 1790. " * 6
    alone = reader.read("Who owned the mill?", [PASSAGE], [SENTENCES])
    assert reader.read("Who owned the mill?", [other, PASSAGE], [[(0, 82)], SENTENCES])[1:] == alone


def test_a_passage_longer_than_the_model_reads_is_read_to_its_end(reader: Reader) -> None:
    filler = "The town has a market, a church, a school and a road to the coast. " * 30
    long = filler + PASSAGE
    (spans,) = reader.read("Who owned the mill?", [long], [[(0, len(filler)), (len(filler), len(long))]])
    assert long[spans[1].start : spans[1].end] == "Adam Reed"
    assert spans[1].margin > spans[0].margin


def test_a_passage_without_words_gives_no_span(reader: Reader) -> None:
    (spans,) = reader.read("Who?", ["…"], [[(0, 0)]])
    assert spans[0].end == spans[0].start


@pytest.mark.parametrize("shipped", [SMALL, LARGE])
def test_a_model_file_that_is_not_the_shipped_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    for name in (MODEL_FILE, "tokenizer.json"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    monkeypatch.setattr("qa.reader.model.SHA256", {tmp_path: SHA256[shipped]})
    Reader(tmp_path)
    with (tmp_path / MODEL_FILE).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ReaderError, match="SHA-256"):
        Reader(tmp_path)


def test_a_reader_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="cannot be loaded"):
        Reader(tmp_path)


def test_another_model_in_onnx_form_can_be_named_also_one_without_an_output_for_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = onnx.load(SMALL / MODEL_FILE)
    outputs = [output for output in model.graph.output if output.name != "null_logit"]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    onnx.save(model, tmp_path / "model.onnx")
    shutil.copy(SMALL / "tokenizer.json", tmp_path)
    ((_, span),) = Reader(tmp_path).read("Who owned the mill?", [PASSAGE], [SENTENCES])
    ((_, ours),) = Reader().read("Who owned the mill?", [PASSAGE], [SENTENCES])
    assert (span.start, span.end) == (ours.start, ours.end)
    assert span.margin != ours.margin
    monkeypatch.setenv("FOOTNOTE_READER_MODEL", str(tmp_path))
    (tmp_path / "mill.txt").write_text(PASSAGE)
    assert "Adam Reed" in ask("Who owned the mill?", document=tmp_path / "mill.txt").text


def test_what_is_no_question_answering_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    shutil.copy(SMALL / "tokenizer.json", tmp_path)
    with pytest.raises(ReaderError, match=r"no \.onnx file.*FOOTNOTE_READER_MODEL"):
        Reader(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ReaderError, match=r"not an ONNX model.*FOOTNOTE_READER_MODEL"):
        Reader(tmp_path)


def test_a_scorer_of_another_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / SCORER_FILE).write_text('{"scorers": [{"order": {}}]}')
    with pytest.raises(ReaderError, match="not a fitted scorer"):
        load_scorers(tmp_path)
