"""Messages that ask nothing of the document get a short fixed reply, and no search. Pure."""

import re

HELLO = "Hello. Ask about the document; every sentence of an answer carries a footnote."
THANKS = "You are welcome."
GOODBYE = "Goodbye."
ABLE = (
    "I answer questions from the document alone. Every sentence that I show carries a footnote that was checked "
    "against the document; where the document does not answer, I say so."
)
REPLIES = (HELLO, THANKS, GOODBYE, ABLE)

_NAMED = r"(?: (?:there|you|again|all|everyone|footnote))?"
_PATTERNS = (
    (HELLO, rf"(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings){_NAMED}"),
    (
        THANKS,
        r"(?:ok(?:ay)? |great |perfect |good )?(?:many )?(?:thanks|thank you|thx|cheers)(?: you)?"
        r"(?: (?:a lot|so much|very much|again|for (?:your|the) (?:help|answer)|that (?:helps|helped)))?"
        r"|(?:ok(?:ay)?|great|perfect|nice|cool|got it|i see|that (?:helps|helped)|good)",
    ),
    (GOODBYE, rf"(?:goodbye|bye|bye bye|see you(?: later)?|good night){_NAMED}"),
    (
        ABLE,
        r"what (?:can|do) you do|what are you(?: able to do| for)?|who are you|how do you work|how does this work"
        r"|what can i ask(?: you)?|help|(?:can|could) you help(?: me)?",
    ),
)
_COURTESIES = tuple((reply, re.compile(pattern)) for reply, pattern in _PATTERNS)


def reply_to(message: str) -> str | None:
    """The reply to a message that is a courtesy, or a question about the program, and nothing else; else None."""
    bare = " ".join(re.sub(r"[^\w\s]", " ", message).casefold().split())
    return next((reply for reply, pattern in _COURTESIES if pattern.fullmatch(bare)), None)
