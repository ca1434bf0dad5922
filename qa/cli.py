"""The command line: reads arguments, prints results. Formatting only."""

import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from index.document import Document
from index.embed import Embedder, EmbedError
from index.load import LoadError, load
from index.sample import sample
from index.store import StoreError
from qa.answer import Answer, ReceiptError, Source, Status
from qa.assistant import (
    Assistant,
    QuestionError,
    ReportProgress,
    index,
    open_assistant,
    open_model,
    open_store,
    with_model,
)
from qa.converse import Turn
from qa.library import open_library
from qa.reader.model import ReaderError
from qa.settings import Settings, SettingsError
from qa.support.model import Support
from qa.terminal import ERR, print_answer, visible
from qa.verify import problems
from qa.write import ModelError

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


DocumentsOption = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", metavar="PATH", help="A file or folder; may be repeated. Else what is indexed."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help='Chat model, as provider:name, or "reader"; else FOOTNOTE_MODEL.'),
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
    except (LoadError, ModelError, QuestionError, ReceiptError, SettingsError) as error:
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
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt: the answer as JSON.")] = False,
) -> None:
    """Answer one question: the answer, then its footnotes."""
    assistant = _open(document, model)
    with ERR.status("reading"):
        answer = assistant.ask(question)
    if as_json:
        typer.echo(answer.to_json())
    else:
        print_answer(answer)
    if answer.status is Status.NOT_IN_DOCUMENT and not answer.is_courtesy:
        raise typer.Exit(Exit.NOT_IN_DOCUMENT)


@app.command(epilog="Example: footnote chat article.txt")
def chat(document: DocumentsArgument = None, model: ModelOption = None) -> None:
    """Ask in the terminal, one question after the other. Ctrl-D ends it."""
    assistant = _open(document, model)
    titles = ", ".join(d.title for d in assistant.documents[:3])
    ERR.print(Text(f"{titles}{' and more' if len(assistant.documents) > 3 else ''}. Ask; Ctrl-D ends."))
    history = list[Turn]()
    while (question := _prompt()) is not None:
        if not question.strip():
            continue
        try:
            with ERR.status("reading"):
                answer = assistant.ask(question, history=history)
        except QuestionError as error:
            ERR.print(Text(str(error), style="red"))
            continue
        print_answer(answer)
        history.append((question, answer.text))


@app.command(epilog="Example: footnote serve article.txt")
def serve(
    document: DocumentsArgument = None,
    model: ModelOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; else FOOTNOTE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; else FOOTNOTE_PORT.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = False,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer the tool `ask` to MCP clients as well.")] = False,
) -> None:
    """Open the page: chat on the left, the document on the right."""
    settings = Settings.load()
    settings = with_model(settings, model) if model else settings
    open_model(settings)  # so that what is wrong with it is said before the page opens
    library = open_library(document or None, settings=settings)
    # Imported here since it takes seconds, and no other command needs it.
    from qa.page.app import PageError, serve_page

    try:
        serve_page(
            library,
            host=host or settings.host,
            port=settings.port if port is None else port,
            browser=browser,
            mcp=mcp,
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
            typer.echo(f"{visible(indexed.source)}\t{visible(indexed.title)}")
        if not documents:
            ERR.print("Nothing is indexed yet. Try: footnote index article.txt")
        return
    loaded = [d for path in document for d in load(path, max_mb=settings.max_file_mb)]
    with _progress() as report:
        added = index(open_store(settings), loaded, settings=settings, progress=report)
    for d in loaded:
        typer.echo(f"{'indexed' if d in added else 'unchanged'}\t{visible(d.source)}")


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

    supports = Support(Embedder().remember)
    found = problems(answer, find, language=settings.language, supports=supports)
    for problem in found:
        typer.echo(visible(problem))
    if found:
        typer.echo("does not hold")
        raise typer.Exit(Exit.FAILURE)
    typer.echo("holds")


@app.command(
    "eval",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
    epilog="Example: footnote eval --squad questions.json    (footnote eval --help: all options)",
)
def evaluate(context: typer.Context) -> None:
    """Ask the fixed questions, or your own in SQuAD's format, and say how many are answered right."""
    # The evals use this package, and so cannot be used by it: they are a program of their own.
    raise typer.Exit(subprocess.run([sys.executable, "-m", "evals", *context.args], check=False).returncode)  # noqa: S603


def _open(paths: Sequence[str] | None, model: str | None) -> Assistant:
    with _progress() as report:
        return open_assistant(paths or None, model=model, progress=report)


@contextmanager
def _progress() -> Generator[ReportProgress]:
    """A spinner on a terminal's stderr, with a bar for each document being indexed; gone when all is done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bars:
        waiting = bars.add_task("opening", total=None)
        tasks: dict[str, TaskID] = {}

        def report(document: Document, done: int, total: int) -> None:
            bars.update(waiting, visible=False)
            if document.id not in tasks:
                tasks[document.id] = bars.add_task(f"indexing {document.title[:40]}")
            bars.update(tasks[document.id], completed=done, total=total, visible=done < total)

        yield report


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
            typer.echo(f"removed\t{visible(document.source)}")


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
    ERR.print(Text(f"footnote: {message}"), soft_wrap=True)
    sys.exit(code)
