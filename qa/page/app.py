"""The page as a Gradio app. The only importer of gradio."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import wraps
from importlib.resources import files
from importlib.util import find_spec
from threading import Thread
from typing import Any

# Gradio asks its maker's server for its newest version, and reports its use, unless told not to before the import.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from gradio.events import api
from gradio.themes import Base
from pydantic import ValidationError

from qa.library import Library
from qa.page.desk import EXPECTED, Desk, Reply
from qa.page.message import Message
from qa.page.tool import Tool, asking_tool

SCRIPTS = ("marks.js", "page.js", "writer.js", "lists.js")
ASKED_AT_ONCE = 4
"""Questions that are answered side by side; more wait in Gradio's queue."""


class PageError(RuntimeError):
    """The page cannot be served."""


def serve_page(
    library: Library, *, host: str, port: int, browser: bool, announce: Callable[[str], None], mcp: bool = False
) -> None:
    """Serve the page until it is interrupted. It opens at once, and says what it waits for while models load.

    Args:
        library: The documents, and the assistants on them.
        host: The address to listen on; a loopback address keeps the page on this machine.
        port: 0 takes a free one.
        browser: Whether to open the page in a browser.
        announce: Told the page's address once it can be opened.
        mcp: Whether to offer the tool `ask` to MCP clients as well, below `/gradio_api/mcp/`.

    Raises:
        PageError: The address or port cannot be listened on, or MCP is asked for and not installed.
    """
    if mcp and not find_spec("mcp"):
        raise PageError("MCP needs one more package. Run `pip install footnote-qa[mcp]`, or leave --mcp out.")
    page = build_page(library)
    for name in ("NO_PROXY", "no_proxy"):  # or the visit to its own address goes through the user's proxy
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), host, "localhost", "127.0.0.1")))
    preparing = Thread(target=library.prepare)
    try:
        with redirect_stdout(sys.stderr):  # where Gradio tells of its MCP server
            _, address, _ = page.launch(
                server_name=host,
                server_port=port or _free_port(host),
                inbrowser=browser,
                share=False,
                quiet=True,
                prevent_thread_lock=True,
                footer_links=[],
                head=f"<style>{_asset('page.css')}</style>",
                theme=Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
                mcp_server=mcp,
            )
    except Exception as error:  # Gradio visits its own address, and raises whatever its web client does.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PageError(f"The page cannot listen on {host}:{port} ({reason}). Give another --port, or 0.") from error
    announce(address)
    preparing.start()
    try:
        page.block_thread()
    finally:
        preparing.join()  # a process that ends while torch is being loaded is aborted


def build_page(library: Library) -> gr.Blocks:
    """Lay out the page and wire it to the documents."""
    desk = Desk(library)

    def call(data: dict[str, Any]) -> Reply:
        return desk.call(data)

    def ask(event: gr.EventData) -> Iterator[Reply]:
        try:
            message = Message.model_validate(event.message)
        except ValidationError as error:  # no page of ours sent it
            raise gr.Error(
                "The page sent what the program does not know. Load it again.", print_exception=False
            ) from error
        yield from desk.ask(message)

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, fill_height=True) as page:
        shown = gr.HTML(
            value={},  # what `Desk.ask` says last; the scripts listen for it
            html_template=_asset("templates/shell.html"),
            js_on_load="".join(map(_asset, SCRIPTS)),
            apply_default_css=False,
            server_functions=[call],
            elem_id="footnote",
        )
        shown.ask(
            ask,
            None,
            shown,
            show_progress="hidden",
            trigger_mode="multiple",  # a question that was stopped may still be winding up
            concurrency_limit=ASKED_AT_ONCE,
            api_name="page",
            api_visibility="private",
        )
        api(_telling(asking_tool(library)), api_name="ask", concurrency_limit=ASKED_AT_ONCE)
    return page


def _telling(tool: Tool) -> Tool:
    """A tool whose expected errors reach the caller as the sentences that they are."""

    @wraps(tool)
    def answered(*arguments: Any, **named: Any) -> str:
        try:
            return tool(*arguments, **named)
        except EXPECTED as error:
            raise gr.Error(str(error), print_exception=False) from error

    return answered


def _asset(name: str) -> str:
    return files("qa.page").joinpath(name).read_text(encoding="utf-8")


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
