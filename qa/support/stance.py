"""What a text denies, holds possible or only lets someone say, and whether a sentence about it does the same. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.evidence import NEGATIONS
from qa.support.facts import holds_name, names
from qa.support.words import is_function_word, stem

_TOKEN = re.compile(r"\w+(?:[-.]\w+)*(?:n['’]t)?|['’]s?|[^\w\s]")
_NOT_ONLY = frozenset("only just merely simply least doubt matter".split())
_FAMILIES = {
    "possible": """may might could can perhaps possibly probably likely unlikely potentially potential possible probable
        maybe would conceivably""",
    "coming": "will shall",
    "due": "must should",
}
_MEANT = frozenset(
    stem(word)
    for word in """plan hope want intend seek aim try attempt propose threaten wish refuse decline fail expect consider
    offer agree promise need ought oblige suppose able unable like ready reluctant willing unwilling""".split()
) | {"sought"}
"""Words that, with a "to" behind them, tell what somebody means to do, and not what is done."""
_FAMILY = {word: family for family, words in _FAMILIES.items() for word in words.split()}
SAID = frozenset(
    stem(word)
    for word in """say claim allege argue assert believe think fear warn suggest estimate insist contend deny accuse
    suspect speculate predict doubt purport rumour rumor""".split()
) | {"said", "thought", "stated", "states", "reported", "reportedly"}
"""Verbs of saying and thinking wherever they stand."""
_SAID_THAT = (
    SAID
    | frozenset(
        stem(word)
        for word in """state report announce declare complain hope assume propose recommend advise promise conclude
        comment remark emphasise emphasize stress acknowledge admit concede caution urge hypothesise hypothesize
        theorise theorize dispute question write tell note maintain hold mean imply rumour allegation claim view opinion
        theory answer reply respond repeat pretend""".split()
    )
    | {"wrote", "told", "held", "meant"}
)
"""Those that are verbs of saying where "that" follows."""
_SEEN_AS = frozenset(stem(word) for word in "consider regard describe view suppose see depict portray deem".split())
"""Those that are so behind "is" or "was"."""
_SAYS = frozenset("reportedly allegedly supposedly purportedly apparently according".split())
_SO_CALLED = frozenset("alleged purported reported suspected supposed rumoured claimed".split())
"""Behind an article: "the alleged involvement"."""
_ARTICLES = frozenset("a an the his her its their 's s of".split())
_KNOWING = frozenset(
    stem(word) for word in "confirm prove show reveal demonstrate discover find establish verify know".split()
)
_DENYING = frozenset(stem(word) for word in "deny dispute reject refute doubt question".split())
_BREAKS = frozenset(". , ; : ( ) — but although though while whereas because however".split())
_REACH = 3
"""How many content words an operator governs, the nearest first."""
_WITHIN = 0.6
"""A sentence repeats what someone says when so much of it stands in what they say."""
_ALONE = 0.8
"""What someone says is a fact where another quote, in which nobody says it, holds so much of it."""


Saying = tuple[frozenset[str], str, str]


@dataclass(frozen=True, slots=True)
class Stance:
    """A text's operators and what they govern, by the stems of its content words.

    Attributes:
        stems: All content words, in their order.
        denied: For each denied stem, how near its "not" is: 0 is next to it.
        modal: For each stem under a modal or a verb of intention, its families and how near.
        said: For each saying, the stems that are said, the words around its verb that name who says it, and the stem
            of its verb.
        knows: Whether something is shown, or known.
    """

    stems: tuple[str, ...]
    plain: frozenset[str]
    denied: dict[str, int]
    modal: dict[str, dict[str, int]]
    said: tuple[Saying, ...]
    knows: bool

    @classmethod
    def of(cls, text: str) -> "Stance":
        """Read a text of one or more sentences."""
        stems, plain = list[str](), set[str]()
        denied, modal = dict[str, int](), dict[str, dict[str, int]]()
        said, knows = list[Saying](), False
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", text):
            tokens = [token.replace("’", "'") for token in _TOKEN.findall(sentence)]
            lower = [token.lower() for token in tokens]
            stems += [stem(word) for word in lower if _is_content(word)]
            own = dict[str, int]()
            for i, word in enumerate(lower):
                negated = word in NEGATIONS or word.endswith("n't")
                if negated and not (i + 1 < len(lower) and lower[i + 1] in _NOT_ONLY):
                    for near, governed in enumerate(_governed(lower, i)):
                        own[governed] = min(near, own.get(governed, near))
                if (family := _family(tokens, lower, i)) is not None:
                    for near, governed in enumerate(_governed(lower, i)):
                        families = modal.setdefault(governed, {})
                        families[family] = min(near, families.get(family, near))
                knows = knows or stem(word) in _KNOWING
            plain |= {stem(word) for word in lower if _is_content(word)} - own.keys()
            denied |= own
            said += _sayings(tokens, lower)
        return cls(tuple(stems), frozenset(plain), denied, modal, tuple(said), knows)


@dataclass(frozen=True, slots=True)
class Differences:
    """How a sentence's stance differs from its quotes'. Each a count, but for `reason`."""

    reason: str | None
    denied_near: int
    denied_far: int
    modal_lost: int
    modal_added: int
    modal_far: int


def differences(sentence: str, quotes: Sequence[str]) -> Differences:
    """Compare the stance of a sentence with that of the quotes it cites."""
    here, there = Stance.of(sentence), Stance.of(" ".join(quotes))
    shared = set(here.stems) & set(there.stems)
    lost = {s: there.denied[s] for s in shared if s in there.denied and s not in there.plain and s not in here.denied}
    added = {s: here.denied[s] for s in shared if s in here.denied and s not in there.denied and s not in here.plain}
    near = [s for s, far in [*lost.items(), *added.items()] if far == 0]
    modal_lost = _modal_missing(there, here, shared)
    modal_added = _modal_missing(here, there, shared)
    reason = _attribution(here, there, quotes)
    if not reason and near:
        word = "denies what" if added else "does not deny what"
        other = "does not" if added else "denies"
        reason = f"It {word} the text it cites {other} (near {near[0]!r})."
    if not reason and (strong := [s for s, far in {**modal_lost, **modal_added}.items() if far == 0]):
        reason = f"The text it cites is less or more certain of it (near {strong[0]!r})."
    return Differences(
        reason=reason,
        denied_near=len(near),
        denied_far=len(lost) + len(added) - len(near),
        modal_lost=sum(far == 0 for far in modal_lost.values()),
        modal_added=sum(far == 0 for far in modal_added.values()),
        modal_far=sum(far > 0 for far in [*modal_lost.values(), *modal_added.values()]),
    )


def _family(tokens: Sequence[str], lower: Sequence[str], at: int) -> str | None:
    """The family of modal words that a token belongs to."""
    if lower[at] in _FAMILY:
        return None if tokens[at] == "May" and at else _FAMILY[lower[at]]
    return "meant" if stem(lower[at]) in _MEANT and lower[at + 1 : at + 2] == ["to"] else None


def _says(lower: Sequence[str], at: int) -> bool:
    """Whether a token lets someone say or think something."""
    word = lower[at]
    if _so_called(lower, at) or word in _SAYS or word in SAID or stem(word) in SAID:
        return True
    if "that" in lower[at + 1 : at + 3] and (word in _SAID_THAT or stem(word) in _SAID_THAT):
        return True
    return stem(word) in _SEEN_AS and any(
        w in ("is", "are", "was", "were", "be", "been") for w in lower[max(0, at - 3) : at]
    )


def _so_called(lower: Sequence[str], at: int) -> bool:
    return lower[at] in _SO_CALLED and at > 0 and lower[at - 1] in _ARTICLES


def _is_behind(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a verb of saying stands behind what is said: "It rained, Smith said."."""
    who = before[len(before) - before[::-1].index(",") :] if "," in before else []
    named = [word for word in after if word[0].isalnum()]
    subject = len(who) <= 5 and not {"but", "and", "which", "who"} & set(who)
    return "," in before[4:] and subject and len(named) <= 4 and all(word[0].isupper() for word in named)


def _governed(lower: Sequence[str], at: int) -> list[str]:
    """The stems of the next content words behind an operator, up to the end of its clause."""
    found = list[str]()
    for word in lower[at + 1 :]:
        if word in _BREAKS or len(found) == _REACH:
            break
        if _is_content(word) and word not in _FAMILY and stem(word) not in _MEANT:
            found.append(stem(word))
    return found


def _sayings(tokens: Sequence[str], lower: Sequence[str]) -> Iterable[Saying]:
    """What is said in a sentence, and the words that name who says it."""
    for i, word in enumerate(lower):
        if not _says(lower, i):
            continue
        before, after = lower[:i], lower[i + 1 :]
        stop = next((j for j, w in enumerate(after) if w in (";", "but", "although", "whereas", "while")), len(after))
        behind = frozenset(stem(w) for w in after[:stop] if _is_content(w))
        ahead = frozenset(stem(w) for w in before if _is_content(w))
        # A capital at the beginning is that of a name only where a name or the verb follows.
        first = 0 if i == 1 or (len(tokens) > 1 and tokens[1][0].isupper()) else 1
        names_before, names_after = " ".join(tokens[max(first, i - 12) : i]), " ".join(tokens[i + 1 : i + 8])
        if word == "according":
            yield ahead | behind, names_after, word
        elif word in _SAYS or _so_called(lower, i):
            yield ahead | behind, "", word
        elif _is_behind(before, tokens[i + 1 :]):
            yield ahead, f"{' '.join(tokens[max(0, i - 4) : i])} {names_after}", stem(word)
        else:
            yield behind, names_before, stem(word)


def _attribution(here: Stance, there: Stance, quotes: Sequence[str]) -> str | None:
    """Why what someone says in the quotes is not what they say in the sentence; None if it is, or nobody says it."""
    own = frozenset(here.stems) - SAID
    repeated = [saying for saying in there.said if own and len(own & saying[0]) / len(own) >= _WITHIN]
    apart = [stance for quote in quotes if not (stance := Stance.of(quote)).said]
    if not repeated or any(len(own & set(stance.stems)) >= _ALONE * len(own) for stance in apart):
        return None
    if not here.said:
        return "It gives as a fact what in the text it cites someone says."
    if here.knows and not there.knows:
        return "It gives as known what in the text it cites someone says."
    denies = here.denied or any(verb in _DENYING for _, _, verb in here.said)
    if all(verb in _DENYING for _, _, verb in repeated) and not denies:
        return "It lets someone say what in the text it cites they deny."
    tellers = [told for _, told, _ in repeated if names(f"so {told}")]
    for _, who, _ in here.said:
        speakers = names(f"so {who}")
        if speakers and tellers and not any(holds_name(told, name) for told in tellers for name in speakers):
            return f"In the text it cites it is not {' '.join(speakers)} who says it."
    return None


def _modal_missing(one: Stance, other: Stance, shared: Iterable[str]) -> dict[str, int]:
    """The stems that are under a modal family in one text and under none of the same in the other."""
    found = dict[str, int]()
    for s in shared:
        for family, near in one.modal.get(s, {}).items():
            if family not in other.modal.get(s, {}):
                found[s] = min(near, found.get(s, near))
    return found


def _is_content(word: str) -> bool:
    return word[0].isalnum() and not is_function_word(word) and word not in NEGATIONS and not word.endswith("n't")
