"""`python -m evals`: asks the fixed questions, tries the mutants, and passes or fails the build."""

import argparse
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from evals import gate, report, squad
from evals.cases import FOLDER, Case, CaseError, check_labels, load_cases
from evals.gate import BASELINE, Check, GateError
from evals.mutate import mutants
from evals.results import Run, fates, reached
from evals.run import Outcome, Tick, ask_all, open_desk
from evals.subjects import ARTICLE, Subject, article, brief
from evals.trials import KnownEmbedder, Trial, try_mutants
from evals.webpage import to_html
from index.embed import Embedder, EmbedError
from index.load import LoadError
from index.store import StoreError
from qa.assistant import QuestionError, with_model
from qa.reader.model import ReaderError
from qa.settings import Settings, SettingsError
from qa.write import ModelError

_out = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
_err = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evals.

    Returns:
        0 if the gate holds, 1 if it fails, 2 for wrong use.
    """
    options = _options(arguments)
    try:
        settings = Settings.load()
        if options.squad:
            return _squad(options.squad, settings, per_paragraph=options.per_paragraph, out=options.out)
        return _evals(options, with_model(settings, None))  # what the build stands on answers without a chat model
    except (CaseError, GateError, LoadError, ModelError, QuestionError, SettingsError, squad.SquadError) as error:
        _err.print(Text(f"evals: {error}"), soft_wrap=True)
        return 2
    except (EmbedError, ReaderError, StoreError, OSError) as error:
        _err.print(Text(f"evals: {error}"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        _err.print("evals: stopped; nothing was written.")
        return 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m evals",
        epilog="Example: footnote eval --squad questions.json",
        description="Answers a fixed set of questions, and says whether the program is still right.",
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=("run", "accept"),
        default="run",
        help="accept: run, then write what was reached as the baseline, and raise the floors",
    )
    parser.add_argument(
        "--squad",
        type=Path,
        metavar="FILE",
        help="questions in SQuAD's format, about your own documents, instead of the fixed ones",
    )
    parser.add_argument(
        "--per-paragraph", action="store_true", help="with --squad: each paragraph is a document, not each article"
    )
    parser.add_argument("--without-mutants", action="store_true", help="only the questions, which is faster")
    parser.add_argument("--cases", type=Path, metavar="FOLDER", default=FOLDER, help="another question set")
    parser.add_argument(
        "--accepted",
        type=Path,
        metavar="FOLDER",
        default=BASELINE.parent,
        help="the folder of floors.toml and baseline.json",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", default=Path("build/evals"), help="where the reports go (%(default)s)"
    )
    return parser.parse_args(arguments)


def _evals(options: argparse.Namespace, settings: Settings) -> int:
    start = time.perf_counter()
    cases = load_cases(options.cases)
    the_article = article()
    subjects = [subject for subject in (brief(), the_article) if subject]
    skipped = () if the_article else (f"the article is not at {ARTICLE}; name its place in FOOTNOTE_ARTICLE.",)
    check_labels(cases, subjects, complete=the_article is not None)
    floors_file, baseline_file = options.accepted / gate.FLOORS.name, options.accepted / BASELINE.name
    floors, baseline = gate.read_floors(floors_file), gate.read_baseline(baseline_file)
    for sentence in skipped:
        _err.print(f"evals: skipped: {sentence}", soft_wrap=True)

    outcomes, trials = _ask(subjects, cases, settings, with_mutants=not options.without_mutants)
    digests = gate.digests(cases, settings)
    names = tuple(subject.name for subject in subjects)
    run = Run(names, skipped, tuple(outcomes), tuple(trials), digests, time.perf_counter() - start)
    if options.action == "accept":
        gate.write_baseline(outcomes, fates(run), digests, baseline, baseline_file)
        floors = gate.raised(reached(run), floors)
        gate.write_floors(floors, floors_file)
        baseline = gate.read_baseline(baseline_file)
    checks = [
        *gate.floor_checks(reached(run), floors),
        *gate.baseline_checks(outcomes, fates(run), digests, baseline),
    ]
    _write(run, checks, floors, baseline, subjects, options.out)
    report.print_run(run, checks, floors, _out)
    return int(not all(check.passed for check in checks))


def _ask(
    subjects: Sequence[Subject], cases: Sequence[Case], settings: Settings, *, with_mutants: bool
) -> tuple[list[Outcome], list[Trial]]:
    outcomes, trials = list[Outcome](), list[Trial]()
    embedder = Embedder(settings.embedding_model)
    with open_desk(settings, embedder) as desk:
        for subject in subjects:
            with _bar(f"asking the {subject.name}", len(cases)) as tick:
                outcomes += ask_all(subject, cases, desk, tick=tick)
    if with_mutants:
        with open_desk(settings, KnownEmbedder(embedder)) as desk:
            for subject in subjects:
                made = mutants(subject, outcomes)
                with _bar(f"mutants of the {subject.name}", len(made)) as tick:
                    trials += try_mutants(subject, made, desk, tick=tick)
    return outcomes, trials


def _write(
    run: Run,
    checks: Sequence[Check],
    floors: report.Floors,
    baseline: gate.Baseline,
    subjects: Sequence[Subject],
    out: Path,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    lost = {name: gate.against(run.of(name), baseline).lost for name in run.subjects}
    documents = {subject.name: subject.document for subject in subjects}
    for name, text in (
        ("report.json", report.to_json(run, checks, floors)),
        ("report.md", report.to_markdown(run, checks, floors)),
        ("junit.xml", report.to_junit(run, checks, lost)),
        ("report.html", to_html(run, checks, floors, documents)),
    ):
        (out / name).write_text(text, encoding="utf-8")
    _err.print(f"evals: reports are in {out}", soft_wrap=True)


def _squad(path: Path, settings: Settings, *, per_paragraph: bool, out: Path) -> int:
    texts = squad.load_squad(path, per_paragraph=per_paragraph)
    with (
        open_desk(settings, Embedder(settings.embedding_model)) as desk,
        _bar("asking", sum(len(text.questions) for text in texts)) as tick,
    ):
        found = squad.ask_squad(texts, desk, tick=tick)
    out.mkdir(parents=True, exist_ok=True)
    (out / "squad.json").write_text(squad.to_json(found), encoding="utf-8")
    _err.print(f"evals: every question is in {out / 'squad.json'}", soft_wrap=True)
    squad.print_scores(found, _out)
    return 0


@contextmanager
def _bar(title: str, total: int) -> Generator[Tick]:
    """A progress bar on a terminal's stderr; gone when all is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bars:
        task = bars.add_task(title, total=total)
        yield lambda: bars.advance(task)


if __name__ == "__main__":
    sys.exit(main())
