"""The command line: reads arguments, prints results. Formatting only."""

import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from textwrap import shorten, wrap
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from index.document import Document
from index.embed import EmbedError
from index.load import LoadError, load
from index.sample import sample
from index.store import StoreError
from qa.answer import Answer, ReceiptError, Source, Status
from qa.assistant import Assistant, QuestionError, ReportProgress, index, open_assistant, open_store
from qa.converse import Turn
from qa.reader.model import ReaderError
from qa.settings import Settings, SettingsError
from qa.verify import problems

app = typer.Typer(
    help="Answers questions about a document; every sentence it shows carries a footnote that was checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Exit(IntEnum):
    """What the exit codes mean."""

    ANSWERED = 0
    FAILURE = 1
    WRONG_USE = 2
    NOT_IN_DOCUMENT = 3


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

DocumentsOption = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", metavar="PATH", help="A file or folder; may be repeated. Else what is indexed."),
]
DocumentsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or folders. Else what is indexed.")
]


def main() -> None:
    """Run the program; every expected error becomes one sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character gets its number
    try:
        app()
    except (LoadError, QuestionError, ReceiptError, SettingsError) as error:
        _fail(str(error), Exit.WRONG_USE)
    except (EmbedError, ReaderError, StoreError) as error:
        _fail(str(error), Exit.FAILURE)
    except BrokenPipeError:
        # The reader of our output went away (`footnote ask ... | head -1`): nothing is left to say.
        sys.stderr.close()
        sys.exit(Exit.FAILURE)


@app.command(epilog='Example: footnote ask "Who alleged that weapons were smuggled?" -d article.txt')
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    document: DocumentsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt: the answer as JSON.")] = False,
) -> None:
    """Answer one question: the answer, then its footnotes."""
    assistant = _open(document)
    with _err.status("reading"):
        answer = assistant.ask(question)
    if as_json:
        typer.echo(answer.to_json())
    else:
        _print_answer(answer)
    if answer.status is Status.NOT_IN_DOCUMENT:
        raise typer.Exit(Exit.NOT_IN_DOCUMENT)


@app.command(epilog="Example: footnote chat article.txt")
def chat(document: DocumentsArgument = None) -> None:
    """Ask in the terminal, one question after the other. Ctrl-D ends it."""
    assistant = _open(document)
    titles = ", ".join(d.title for d in assistant.documents[:3])
    _err.print(Text(f"{titles}{' and more' if len(assistant.documents) > 3 else ''}. Ask; Ctrl-D ends."))
    history = list[Turn]()
    while (question := _prompt()) is not None:
        if not question.strip():
            continue
        try:
            with _err.status("reading"):
                answer = assistant.ask(question, history=history)
        except QuestionError as error:
            _err.print(Text(str(error), style="red"))
            continue
        _print_answer(answer)
        history.append((question, answer.text))


@app.command(epilog="Example: footnote serve article.txt")
def serve(
    document: DocumentsArgument = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; else FOOTNOTE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; else FOOTNOTE_PORT.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = False,
) -> None:
    """Open the page: chat on the left, the document on the right."""
    settings = Settings.load()
    assistant = _open(document)
    # Imported here since it takes seconds, and no other command needs it.
    from qa.page import PageError, serve_page

    try:
        serve_page(
            assistant,
            host=host or settings.host,
            port=settings.port if port is None else port,
            browser=browser,
            announce=lambda address: typer.echo(f"Footnote is at {address} (Ctrl-C stops it)", err=True),
        )
    except PageError as error:
        _fail(str(error), Exit.FAILURE)


@app.command("index", epilog="Example: footnote index article.txt notes/    (without a path: list what is indexed)")
def index_documents(
    document: Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or folders.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take these out of the index instead.")] = False,
) -> None:
    """Put documents into the index, list them, or take them out."""
    settings = Settings.load()
    if remove:
        _remove(document or [], settings)
        return
    if not document:
        documents = open_store(settings).documents()
        for indexed in documents:
            typer.echo(f"{_visible(indexed.source)}\t{_visible(indexed.title)}")
        if not documents:
            _err.print("Nothing is indexed yet. Try: footnote index article.txt")
        return
    loaded = [d for path in document for d in load(path, max_mb=settings.max_file_mb)]
    with _progress() as report:
        added = index(open_store(settings), loaded, settings=settings, progress=report)
    for d in loaded:
        typer.echo(f"{'indexed' if d in added else 'unchanged'}\t{_visible(d.source)}")


@app.command(epilog='Example: footnote ask "When was that?" --json | footnote verify -')
def verify(
    receipt: Annotated[str, typer.Argument(help="A receipt's file, or - for standard input.")],
    document: DocumentsOption = None,
) -> None:
    """Check a receipt again: is every quote still in its document, and every sentence in its quotes?"""
    answer = Answer.from_json(_read_receipt(receipt))
    settings = Settings.load()
    given = [d for path in document or [] for d in load(path, max_mb=settings.max_file_mb)]

    def find(source: Source) -> Document | None:
        if given:
            same = [d for d in given if d.sha256 == source.sha256]
            return (same or given)[0]
        # What lies on disk now comes before what was indexed then: a reader would open the file.
        named = [d for d in [*_on_disk(source, settings), sample()] if d.source == source.source]
        return next((d for d in named or open_store(settings).documents() if d.source == source.source), None)

    found = problems(answer, find, language=settings.language)
    for problem in found:
        typer.echo(_visible(problem))
    if found:
        typer.echo("does not hold")
        raise typer.Exit(Exit.FAILURE)
    typer.echo("holds")


def _open(paths: Sequence[str] | None) -> Assistant:
    with _progress() as report:
        return open_assistant(paths or None, progress=report)


@contextmanager
def _progress() -> Generator[ReportProgress]:
    """A spinner on a terminal's stderr, with a bar for each document being indexed; gone when all is done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bars:
        waiting = bars.add_task("opening", total=None)
        tasks: dict[str, TaskID] = {}

        def report(document: Document, done: int, total: int) -> None:
            bars.update(waiting, visible=False)
            if document.id not in tasks:
                tasks[document.id] = bars.add_task(f"indexing {document.title[:40]}")
            bars.update(tasks[document.id], completed=done, total=total, visible=done < total)

        yield report


def _print_answer(answer: Answer) -> None:
    if answer.short:
        _out.print(Text(_visible(answer.short), style="bold"), soft_wrap=True)
        _out.print()
    _out.print(Text(_visible(answer.text)), soft_wrap=True)
    for rejection in answer.rejected:
        text = f"Not supported by the document: {rejection.sentence} ({rejection.reason})"
        _out.print(Text(_visible(text), style="strike"), soft_wrap=True)
    for citation in answer.citations:
        where = f"{citation.source}, paragraph {citation.paragraph}"
        where += f", page {citation.page}" if citation.page else ""
        _out.print()
        _out.print(Text(_visible(f"[{citation.number}] {where}"), style="dim"), soft_wrap=True)
        _out.print(_indented(f"“{citation.quote}”"), soft_wrap=True)
    if answer.related:
        _out.print()
        _out.print(Text("Related, but not evidence:", style="dim"))
    for related in answer.related:
        opening = shorten(related.text, 160, placeholder=" …")
        where = f"{related.title}, paragraph {related.paragraph}"
        _out.print(_indented(f"{where}: {opening}"), style="dim", soft_wrap=True)


def _visible(text: str) -> str:
    """A text without the control characters by which a document could steer the reader's terminal."""
    return _CONTROL.sub("\ufffd", text)


def _indented(text: str) -> Text:
    """A paragraph set in by four columns, wrapped on a terminal and on one line for a program."""
    words = " ".join(_visible(text).split())
    lines = wrap(words, max(20, _out.width - 4)) if _out.is_terminal else [words]
    return Text("\n".join(f"    {line}" for line in lines))


def _prompt() -> str | None:
    try:
        return input("\n> " if sys.stdin.isatty() else "")
    except (EOFError, KeyboardInterrupt):
        return None


def _remove(paths: Sequence[str], settings: Settings) -> None:
    if not paths:
        raise LoadError("--remove needs the path of an indexed document. `footnote index` lists them.")
    store = open_store(settings)
    indexed = store.documents()
    for path in paths:
        place = Path(path).absolute()
        doomed = [d for d in indexed if path and (d.source == path or Path(d.source).is_relative_to(place.resolve()))]
        if not doomed:
            raise LoadError(f"{path}: not in the index. `footnote index` lists what is.")
        for document in doomed:
            store.remove(document)
            typer.echo(f"removed\t{_visible(document.source)}")


def _read_receipt(receipt: str) -> bytes:
    if receipt == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(receipt).read_bytes()
    except OSError as error:
        raise ReceiptError(f"{receipt}: cannot be read ({error.strerror}). Give a receipt's file, or -.") from error


def _on_disk(source: Source, settings: Settings) -> list[Document]:
    try:
        return load(source.source, max_mb=settings.max_file_mb) if Path(source.source).is_absolute() else []
    except LoadError:
        return []


def _fail(message: str, code: Exit) -> None:
    _err.print(Text(f"footnote: {message}"), soft_wrap=True)
    sys.exit(code)
