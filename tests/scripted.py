"""A chat model's server that says what it is told to say: OpenAI's protocol over real HTTP, with every way to fail."""

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    Attributes:
        text: What the model says, a few characters at a time; in it, "[@words]" becomes the number of the sentence
            of the prompt that holds the words.
        status: Another than 200 is an error, whose message holds the key that the request came with.
        finish: Why the model stopped; None breaks the connection instead.
        raw: Lines to send instead of what the protocol says.
        hang: What to do behind the text until the asker goes away: "" nothing, "silent" or "pinging".
        then: What the model says behind that, once `Scripted.go` is set.
        usage: Tokens read and written; None tells none.
    """

    text: str = ""
    status: int = 200
    finish: str | None = "stop"
    raw: str | None = None
    hang: str = ""
    then: str = ""
    usage: tuple[int, int] | None = (1000, 20)


@dataclass
class Scripted:
    """The running server: its address, what it will say, and what it was asked.

    Attributes:
        replies: One for each request, the last one for all that follow.
    """

    url: str
    replies: list[Reply] = field(default_factory=list[Reply])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    left: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def says(self, *replies: Reply | str) -> "Scripted":
        """Forget what was asked, and answer the requests to come with these, the last one again and again."""
        self.replies[:] = [Reply(reply) if isinstance(reply, str) else reply for reply in replies]
        self.asked.clear()
        self.keys.clear()
        self.left.clear()
        self.go.clear()
        return self

    def prompt(self, number: int) -> str:
        """What the model was asked in a request."""
        return self.asked[number]["messages"][-1]["content"]

    def number(self, words: str) -> str:
        """The number, in the last prompt, of the sentence that holds some words."""
        found = re.search(rf"^\[(\d+)\] .*{re.escape(words)}", self.prompt(-1), re.MULTILINE)
        return found[1] if found else "0"


DONE = b"data: [DONE]\n\n"


def event(delta: dict[str, str], finish: str | None = None, usage: tuple[int, int] | None = None) -> bytes:
    """A piece of an answer, as OpenAI's protocol streams it."""
    chunk: dict[str, Any] = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "local"}
    chunk["choices"] = [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}]
    if usage:
        names = ("prompt_tokens", "completion_tokens", "total_tokens")
        chunk["usage"] = dict(zip(names, (*usage, sum(usage)), strict=True))
    return f"data: {json.dumps(chunk)}\n\n".encode()


@contextmanager
def scripted() -> Generator[Scripted]:
    """A server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            script.asked.append(body)
            script.keys.append(key)
            reply = script.replies[min(len(script.asked), len(script.replies)) - 1]
            try:
                self.reply(reply, key)
            except OSError:
                script.left.set()  # the asker went away
            self.close_connection = True

        def reply(self, reply: Reply, key: str) -> None:
            if reply.status != 200:
                self.start(reply.status, "application/json")
                self.wfile.write(json.dumps({"error": {"message": f"Wrong: {key}", "type": "x"}}).encode())
                return
            self.start(200, "text/event-stream")
            if reply.raw is not None:
                self.wfile.write(reply.raw.encode())
                return
            self.say(reply.text)
            if reply.then:
                script.go.wait()
                self.say(reply.then)
            while reply.hang:
                self.wfile.write(b": still here\n\n" if reply.hang == "pinging" else b"")
                self.wfile.flush()
                if reply.hang == "silent":
                    self.connection.recv(1)  # nothing, when the asker goes away
                    raise OSError
                threading.Event().wait(0.02)
            if reply.finish:
                self.send({}, finish=reply.finish, usage=reply.usage)
                self.wfile.write(DONE)

        def say(self, told: str) -> None:
            text = re.sub(r"@([^\],]+)", lambda m: script.number(m[1]), told)
            for at in range(0, len(text), 7):
                self.send({"content": text[at : at + 7]})

        def start(self, status: int, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Connection", "close")
            self.end_headers()

        def send(self, delta: dict[str, str], finish: str | None = None, usage: tuple[int, int] | None = None) -> None:
            self.wfile.write(event(delta, finish, usage))
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script = Scripted(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
