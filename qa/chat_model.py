"""Any LangChain chat model, as the writer needs it: bounded in time, stoppable, and with its tokens counted.

With `qa.chain` the only importer of LangChain. It is imported only where a model is named.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, cast

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessageChunk
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.runnables import Runnable
from langchain_core.tracers.context import register_configure_hook

from prompts import Prompt
from qa.answer import ModelUse
from qa.settings import Settings
from qa.write import ModelError, WriterError

EXTRAS = {"openai", "anthropic", "ollama"}
"""Providers whose package is an extra of ours."""
RETRIES = 1
"""How often a call that was refused for the moment (429, 500, no connection) is made again."""
STOPPED_WITHIN = 0.1
"""Seconds until a model that is silent notices that it was stopped."""
CUT_OFF = {"length", "max_tokens", "model_length", "MAX_TOKENS"}
"""Why a model stopped, in the words of several servers, when it was cut off."""


class ChatModel:
    """A chat model that was named in the settings.

    Args:
        settings: `model` or `model_url` is set.

    Raises:
        ModelError: The name is none, its package is missing, or it wants a key that the environment does not have.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = settings.writer or ""
        self._model = _open(settings)
        self._timeout = settings.model_timeout
        self._price = settings.model_price

    def calls(self, stopped: Event | None = None) -> "Calls":
        """Begin the calls of one question: they share one deadline and one count of tokens.

        Args:
            stopped: Once it is set, by whichever thread, the model is stopped, and no further call is made.
        """
        return Calls(self.name, self._model, self._timeout, self._price, stopped or Event())


class Calls:
    """One question's worth of calls to a chat model; satisfies `qa.write.Model`."""

    def __init__(
        self, name: str, model: BaseChatModel, timeout: float, price: tuple[float, float] | None, stopped: Event
    ) -> None:
        self.name = name
        self.structured = bool((model.profile or {}).get("structured_output"))
        self._model = model
        self._timeout = timeout
        self._ends: float | None = None
        self._price = price
        self._stopped = stopped
        self._ledger = _Ledger()
        self._prompts = dict[str, None]()

    def stream(
        self, prompt: Prompt, values: Mapping[str, str], schema: Mapping[str, Any] | None = None
    ) -> Generator[str | Mapping[str, Any]]:
        """Ask the model. See `qa.write.Model`.

        The model is read in a thread of its own, so that neither a server that is silent nor one that only says that
        it is still there can hold the asker longer than the time limit; and so that closing this generator breaks
        the connection, which stops the model.

        Args:
            prompt: What to ask, as one message.
            values: What to fill it in with.
            schema: JSON Schema of the output, for a model with structured output.

        Yields:
            Pieces of text; or, with a schema, growing objects.

        Raises:
            WriterError: No answer, or not a whole one.
        """
        self._go_on()
        if self._ends is None:
            self._ends = time.monotonic() + self._timeout
        self._prompts.setdefault(f"{prompt.name} {prompt.digest}")
        pieces, closed, said = SimpleQueue[Any](), asyncio.Event(), False
        pump = self._pump(prompt.fill(**values), schema, self._ends - time.monotonic(), pieces, closed)
        asyncio.run_coroutine_threadsafe(pump, _loop())
        try:
            while not isinstance(piece := self._next(pieces), _End):
                said = said or bool(piece)
                yield piece
        finally:
            _loop().call_soon_threadsafe(closed.set)
        match piece.error:
            case None:
                pass
            case TimeoutError():
                raise WriterError(f"The model {self.name} was not done after {self._timeout:g} seconds.")
            case error:
                raise WriterError(_reason(self.name, error))
        if not said:
            raise WriterError(f"The model {self.name} gave an empty answer.")
        if self._ledger.stopped_by in CUT_OFF or not self._ledger.stopped_by:
            raise WriterError(f"The answer of the model {self.name} was cut off.")

    @property
    def use(self) -> ModelUse:
        """What was asked so far, and its cost."""
        book = self._ledger
        known = book.calls > 0 and book.counted == book.calls
        cost = None
        if known and self._price:
            cost = round((book.input * self._price[0] + book.output * self._price[1]) / 1e6, 8)
        return ModelUse(
            model=self.name,
            prompts=tuple(self._prompts),
            calls=book.calls,
            input_tokens=book.input if known else None,
            output_tokens=book.output if known else None,
            cost=cost,
        )

    def _next(self, pieces: SimpleQueue[Any]) -> Any:
        """What the model says next. It may be silent for long, and is to be stopped all the same."""
        while True:
            self._go_on()
            with suppress(Empty):
                return pieces.get(timeout=STOPPED_WITHIN)

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise WriterError(f"The model {self.name} was stopped.")

    async def _pump(
        self,
        prompt: str,
        schema: Mapping[str, Any] | None,
        limit: float,
        pieces: SimpleQueue[Any],
        closed: asyncio.Event,
    ) -> None:
        """Put what the model says into a queue, and an `_End` behind it, until it ends, is closed or is too late."""
        reading = asyncio.create_task(self._read(prompt, schema, pieces))
        closing = asyncio.create_task(closed.wait())
        await asyncio.wait({reading, closing}, timeout=max(0.0, limit), return_when=asyncio.FIRST_COMPLETED)
        pieces.put(_End(reading.exception() if reading.done() else TimeoutError()))
        while not reading.done():  # again and again: before Python 3.12 `asyncio.wait_for` can swallow a cancellation
            reading.cancel()
            await asyncio.wait({reading}, timeout=0.1)
        closing.cancel()

    async def _read(self, prompt: str, schema: Mapping[str, Any] | None, pieces: SimpleQueue[Any]) -> None:
        _LEDGER.set(self._ledger)
        self._ledger.stopped_by = None
        asked: Runnable[Any, Any] = self._model.with_structured_output(dict(schema)) if schema else self._model
        # Closed here, in its own loop: one that is left to the garbage collector may be closed by two threads at once.
        async with aclosing(cast(AsyncGenerator[Any], asked.astream(prompt))) as said:
            async for piece in said:
                pieces.put(piece.text if isinstance(piece, BaseMessageChunk) else piece)


@dataclass(frozen=True, slots=True)
class _End:
    """The end of what a model says, and the error that ended it."""

    error: BaseException | None


class _Ledger(BaseCallbackHandler):
    """Counts calls and tokens, and remembers why the model stopped."""

    def __init__(self) -> None:
        self.calls = self.counted = self.input = self.output = 0
        self.stopped_by: str | None = None

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.calls += 1

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        generation = response.generations[0][0]
        if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
            return
        told = generation.message.response_metadata
        reasons = (told.get(key) for key in ("finish_reason", "stop_reason", "done_reason", "stopReason"))
        self.stopped_by = next((str(reason) for reason in reasons if reason), None)
        if used := generation.message.usage_metadata:
            self.counted += 1
            self.input += used["input_tokens"]
            self.output += used["output_tokens"]


_LEDGER: ContextVar[_Ledger | None] = ContextVar("footnote_ledger", default=None)
# A hook, and no `callbacks=` with the call: that would turn off those of a chain that this call is part of.
register_configure_hook(_LEDGER, inheritable=True)


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop, in a thread of its own: the connections that providers keep belong to a loop."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="footnote-models", daemon=True).start()
    return loop


def _open(settings: Settings) -> BaseChatModel:
    """The LangChain model that the settings name; at temperature 0 where it has one."""
    name = settings.writer or ""
    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": RETRIES}
    if settings.model_url:
        key = settings.model_key.get_secret_value() if settings.model_key else "none"
        name = f"openai:{name.removeprefix('openai:')}"
        options |= {"base_url": settings.model_url, "api_key": key, "stream_usage": True}
    provider = name.partition(":")[0]
    package = f"footnote-qa[{provider}]" if provider in EXTRAS else "langchain"
    if find_spec("langchain") is None:
        raise ModelError(f"The model {name} needs a package that is not installed. Run: pip install '{package}'")
    from langchain.chat_models import init_chat_model

    try:
        model = init_chat_model(name, **options)
        if (model.profile or {}).get("temperature", True):
            model = init_chat_model(name, **options, temperature=0)
    except ImportError:
        missing = f"'{package}'" if provider in EXTRAS else f"langchain-{provider.replace('_', '-')}"
        raise ModelError(
            f"The model {name} needs a package that is not installed. Run: pip install {missing}"
        ) from None
    except ValueError:
        raise ModelError(
            f"{name!r} names no model. Give provider:name, such as ollama:llama3.2, openai:gpt-4.1-mini or "
            "anthropic:claude-haiku-4-5; or the address of a server in FOOTNOTE_MODEL_URL."
        ) from None
    except Exception:  # noqa: BLE001 - every provider has its own
        raise ModelError(
            f"The model {name} cannot be opened: is its key in the environment ({provider.upper()}_API_KEY)?"
        ) from None
    return model


def _reason(name: str, error: BaseException) -> str:
    """Why a call failed, in our words: what a server says may hold a key, or anything else."""
    status = getattr(error, "status_code", None)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    match status:
        case 401 | 403:
            return f"The model {name} cannot be used with this key (status {status})."
        case 404:
            return f"There is no model {name} at its address (status 404)."
        case 429:
            return f"The model {name} has had too many requests (status 429)."
        case int() if status >= 100:
            return f"The server of the model {name} failed (status {status})."
        case _ if any("Timeout" in kind for kind in kinds):
            return f"The model {name} did not answer in time."
        case _ if kinds & {"ConnectionError", "APIConnectionError", "ConnectError", "TransportError"}:
            return f"The model {name} cannot be reached, or broke the connection."
        case _:
            return f"The model {name} gave something that is no answer ({type(error).__name__})."
