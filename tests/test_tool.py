"""The tool `ask` as other programs call it: the real program, real HTTP, a real MCP client. Run by `make test-page`."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent, Tool

from qa import Answer
from tests.browser import QUESTION, serve

pytestmark = pytest.mark.browser
README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(tmp_path_factory.mktemp("home")))
        with serve("--mcp") as address:
            yield address


def through_mcp(address: str, arguments: dict[str, Any]) -> tuple[list[Tool], str]:
    async def visit() -> tuple[list[Tool], str]:
        server = streamable_http_client(f"{address}gradio_api/mcp/")
        async with server as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            result = await session.call_tool(tools[0].name, arguments)
            (content,) = result.content
            assert isinstance(content, TextContent)
            return tools, content.text

    return asyncio.run(visit())


def test_the_http_api_has_one_endpoint_which_gives_the_receipt(address: str) -> None:
    client = Client(address, verbose=False)
    api: Any = client.view_api(return_format="dict", print_info=False)
    assert list(api["named_endpoints"]) == ["/ask"]
    assert [p["parameter_name"] for p in api["named_endpoints"]["/ask"]["parameters"]] == [
        "question",
        "documents",
        "history",
    ]
    receipt = client.predict(QUESTION, api_name="/ask")
    answer = Answer.from_json(receipt)
    assert answer.short == "John Nicholson"
    history = [[answer.question, answer.text]]
    follow_up = client.predict("When was that?", history=history, api_name="/ask")
    assert "March 2018" in Answer.from_json(follow_up).text
    with pytest.raises(AppError, match="None of the documents"):
        client.predict("When?", documents=["moon"], api_name="/ask")


def test_the_readmes_calls_print_what_it_says(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls = re.findall(r"```python\n((?:import asyncio|from gradio_client).+?)```", README, re.DOTALL)
    assert len(calls) == 2
    for call in calls:
        exec(call.replace("http://127.0.0.1:7860/", address), {})  # noqa: S102 - our own README
        assert capsys.readouterr().out.strip() == re.findall(r"# (.+)$", call, re.MULTILINE)[-1]


def test_an_mcp_client_finds_the_one_tool_and_gets_the_receipt(address: str) -> None:
    (tool,), text = through_mcp(address, {"question": QUESTION})
    assert tool.name == "ask"
    assert "every sentence of the answer is cited" in (tool.description or "")
    assert tool.inputSchema["properties"]["question"]["type"] == "string"
    assert tool.inputSchema["required"] == ["question"]
    assert Answer.from_json(text).short == "John Nicholson"


def test_without_the_switch_there_is_no_mcp_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    with serve() as address, pytest.raises(BaseException):  # noqa: B017, PT011 - the client wraps the 404 in a group
        through_mcp(address, {"question": QUESTION})
