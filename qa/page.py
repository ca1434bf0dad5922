"""The page: chat on the left, the document with its cited sentences on the right. The only importer of gradio."""

import os
import re
import socket
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib.resources import files
from threading import Thread
from typing import Any

# Gradio asks its maker's server for its newest version, and reports its use, unless told not to before the import.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from gradio.themes import Soft

from index.document import Block, BlockKind, Document
from index.embed import EmbedError
from index.store import StoreError
from qa.answer import Answer, Citation
from qa.assistant import LONGEST_QUESTION, Assistant, QuestionError

SHOWN_BLOCKS = 400
"""A document of more blocks is shown around what is cited, so that a book does not choke the browser."""
NEAR_BLOCKS = 50


class PageError(RuntimeError):
    """The page cannot be served."""


def serve_page(assistant: Assistant, *, host: str, port: int, browser: bool, announce: Callable[[str], None]) -> None:
    """Serve the page until it is interrupted.

    Args:
        assistant: Answers the questions.
        host: The address to listen on; a loopback address keeps the page on this machine.
        port: 0 takes a free one.
        browser: Whether to open the page in a browser.
        announce: Told the page's address once it can be opened.

    Raises:
        PageError: The address or port cannot be listened on.
    """
    page = build_page(assistant)
    for name in ("NO_PROXY", "no_proxy"):  # or the visit to its own address goes through the user's proxy
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), host, "localhost", "127.0.0.1")))
    theme = Soft(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port or _free_port(host),
            inbrowser=browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            footer_links=[],
            css=files("qa").joinpath("page.css").read_text(),
            theme=theme,
        )
    except Exception as error:  # Gradio visits its own address, and raises whatever its web client does.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PageError(f"The page cannot listen on {host}:{port} ({reason}). Give another --port, or 0.") from error
    announce(address)
    warming = Thread(target=assistant.warm_up)
    warming.start()
    try:
        page.block_thread()
    finally:
        warming.join()  # a process that ends while torch is being loaded is aborted


def build_page(assistant: Assistant) -> gr.Blocks:
    """Lay out the page and wire it to an assistant."""
    documents = assistant.documents
    with gr.Blocks(title=f"Footnote: {documents[0].title}", analytics_enabled=False, fill_width=True) as page:
        answers = gr.State(list[Answer]())
        with gr.Row():
            with gr.Column(scale=1, min_width=320):
                chat = gr.Chatbot(
                    label="Conversation",
                    height="calc(100vh - 9rem)",
                    placeholder=f"Ask about **{literal(documents[0].title)}**. Every sentence of an answer is cited.",
                    latex_delimiters=[],
                    buttons=["copy"],
                    feedback_options=None,
                )
                question = gr.Textbox(
                    label="Question",
                    show_label=False,
                    placeholder="Ask about the document",
                    submit_btn="Ask",
                    max_length=LONGEST_QUESTION,
                )
            with gr.Column(scale=1, min_width=320):
                choice = gr.Dropdown(
                    [(document.title, i) for i, document in enumerate(documents)],
                    value=0,
                    label="Document",
                    visible=len(documents) > 1,
                )
                pane = gr.HTML(documents_html(documents[:1], []), elem_id="footnote-pane")

        question.submit(
            _responder(assistant), [question, chat, answers], [question, chat, answers, pane], api_visibility="private"
        )

        def show(chosen: int, before: list[Answer]) -> str:
            return documents_html([documents[chosen]], before)

        choice.input(show, [choice, answers], pane, api_visibility="private")
        chat.clear(lambda: ([], documents_html(documents[:1], [])), None, [answers, pane], api_visibility="private")
    return page


def _responder(assistant: Assistant) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """What the page does with a question: yields the question box, the chat, the answers so far and the document."""

    def respond(asked: str, shown: list[dict[str, Any]], before: list[Answer]) -> Iterator[tuple[Any, ...]]:
        shown = [*shown, {"role": "user", "content": literal(asked)}, {"role": "assistant", "content": ""}]
        yield "", shown, before, gr.skip()
        try:
            for piece in assistant.stream(asked, history=[(a.question, a.text) for a in before]):
                if isinstance(piece, Answer):
                    before = [*before, piece]
                    shown[-1]["content"] = answer_markdown(piece)
                    yield "", shown, before, documents_html(_cited(assistant.documents, before), before)
                else:
                    shown[-1]["content"] += literal(piece) + " "
                    yield "", shown, before, gr.skip()
        except (EmbedError, QuestionError, StoreError) as error:
            shown[-1]["content"] = literal(str(error))
            yield asked, shown, before, gr.skip()

    return respond


def answer_markdown(answer: Answer) -> str:
    """An answer as the chat shows it: its text with linked markers, its footnotes, and what is not supported."""
    # The markers come from the sentences' own numbers: a document may hold a "[1]" too.
    links = {c.number: f"[\\[{c.number}\\]](#{_anchor(c)})" for c in answer.citations}
    said = (" ".join([literal(s.text), *(links[number] for number in s.citations)]) for s in answer.sentences)
    lines = [f"**{literal(answer.short)}**"] if answer.short else []
    lines.append(" ".join(said) or literal(answer.text))
    for c in answer.citations:
        page = f", page {c.page}" if c.page else ""
        lines.append(f"{links[c.number]} {literal(c.title)}, paragraph {c.paragraph}{page}")
    for rejection in answer.rejected:
        lines.append(f"Not supported by the document: ~~{literal(rejection.sentence)}~~ {literal(rejection.reason)}")
    if answer.related:
        lines.append("**Related, but not evidence:**")
        lines += [f"> {literal(r.title)}, paragraph {r.paragraph}: {literal(r.text)}" for r in answer.related]
    return "\n\n".join(lines)


def documents_html(documents: Sequence[Document], answers: Sequence[Answer]) -> str:
    """Documents as HTML, with what the last answer cites marked, and what earlier ones cite there to be linked to."""
    *earlier, last = answers or [None]
    marked = last.citations if last else ()
    linked = [citation for answer in earlier if answer for citation in answer.citations]
    return "".join(document_html(document, marked, linked) for document in documents)


def document_html(document: Document, marked: Sequence[Citation], linked: Sequence[Citation] = ()) -> str:
    """A document as HTML; everything in it is escaped.

    Args:
        document: What to show.
        marked: Its stretches to mark, with their numbers, found by their offsets.
        linked: Its stretches to give an anchor without a mark.
    """
    marked = [c for c in marked if c.document_id == document.id]
    places = {(c.start, c.end): f'<span id="{_anchor(c)}">{{}}</span>' for c in linked if c.document_id == document.id}
    for c in marked:
        places[c.start, c.end] = f'<mark id="{_anchor(c)}">{{}}<sup>{c.number}</sup></mark>'
    shown = _shown(document.blocks, [start for start, _ in places])
    parts = list[str]()
    for i, block in enumerate(document.blocks):
        if i not in shown:
            if i - 1 in shown or i == 0:
                parts.append('<p class="note">[…]</p>')
            continue
        text = _block_html(document.text, block, places)
        match block.kind:
            case BlockKind.HEADING:
                parts.append(f"<h2>{text}</h2>" if i == 0 else f"<h3>{text}</h3>")
            case BlockKind.PARAGRAPH:
                parts.append(f"<p>{text}</p>")
            case BlockKind.CLUTTER:
                parts.append(f'<p class="clutter" title="Not part of the text: never used as evidence">{text}</p>')
    if len(shown) < len(document.blocks):
        parts.insert(0, f'<p class="note">{len(shown)} of {len(document.blocks)} paragraphs are shown.</p>')
    return f'<article class="footnote-document">{"".join(parts)}</article>'


def literal(text: str) -> str:
    """A text as one line of Markdown that shows just that text: no markup, no HTML, no links."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def _shown(blocks: Sequence[Block], places: Sequence[int]) -> set[int]:
    """The positions of the blocks to show: all, or in a long document its beginning and what is around the places."""
    if len(blocks) <= SHOWN_BLOCKS:
        return set(range(len(blocks)))
    ends = [block.end for block in blocks]
    near = {bisect_right(ends, place) for place in places}
    return {i for at in {*near, 0} for i in range(at - NEAR_BLOCKS, at + NEAR_BLOCKS + 1) if 0 <= i < len(blocks)}


def _block_html(text: str, block: Block, places: dict[tuple[int, int], str]) -> str:
    """The escaped text of a block, each place in it wrapped in its HTML."""
    html, at = "", block.start
    for (start, end), wrap in sorted(places.items()):
        a, b = max(start, at), min(end, block.end)
        if a < b:
            html += escape(text[at:a]) + wrap.format(escape(text[a:b]))
            at = b
    return html + escape(text[at : block.end])


def _anchor(citation: Citation) -> str:
    """The id of a cited stretch: by document and offset, so that the links of earlier answers stay right."""
    return f"cited-{citation.document_id}-{citation.start}"


def _cited(documents: Sequence[Document], answers: Sequence[Answer]) -> list[Document]:
    """The documents that a conversation cites, those of its last answer first; the first one where none is cited."""
    cited = dict.fromkeys(c.document_id for answer in reversed(answers) for c in answer.citations)
    by_id = {document.id: document for document in documents}
    return [by_id[id] for id in cited] or list(documents[:1])


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
