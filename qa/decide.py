"""Yes or no, where a quoted sentence decides it; otherwise neither: silence beats a wrong yes. Pure."""

import re

from qa.evidence import NEGATIONS, lower_words, stem_of

_ASKS = re.compile(
    r"^\W*(?:so |and |but |then )?"
    r"(is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|must|may|might)"
    r"(n['’]t)?\b(?!.*\b(?:who|what|when|where|why|how|which)\b)",
    re.IGNORECASE,
)
_SMALL = frozenset(
    """a an the of in on at to for from by with as its it his her their this that these those is are was were be been
    being am do does did has have had there also any some s and yes please really""".split()
)
_TURNS = frozenset(
    """if unless until whether would could should might may can must will likely unlikely probably possibly perhaps
    reportedly allegedly purportedly supposedly apparently alleged alleges claim claims claimed say says said deny
    denies denied think thinks thought believe believes believed assert asserts asserted argue argues argued warn
    warns warned fear fears feared predict predicts predicted expect expects expected hope hopes hoped plan plans
    planned try tries tried attempt attempts attempted fail fails failed refuse refuses refused propose proposes
    proposed consider considers considered suggest suggests suggested according seem seems seemed appear appears
    appeared suspect suspects suspected rumour rumours rumoured accuse accuses accused want wants wanted urge urges
    urged call calls called ask asks asked reject rejects rejected stop stops stopped avoid avoids avoided rule rules
    ruled lack lacks lacked almost nearly only partly mostly except but than before after instead rather
    all every each always more less most least fewer last""".split()
)
"""Words that change what is said around them. Where the sentence has one that the question has not, or the other way
round, the sentence does not decide the question."""
_SPREAD = 2
"""In what the sentence says, at most so many times as many words may stand as the question has."""


def verdict(question: str, sentence: str) -> str | None:
    """Whether a sentence says yes or no to a question.

    The content words of the question, by stem, must all stand in the sentence, in the same order and near each other.
    Between them, or just before, no word may stand that turns the meaning (a hedge, an attribution, a condition),
    unless the question has it too. A "not" that only one of the two has makes it a no.

    Args:
        question: Any question; only those that begin with a verb ("Is", "Did", "Has" ...) can be decided.
        sentence: A whole sentence of the document.

    Returns:
        "yes", "no", or None where the sentence leaves it open.
    """
    match = _ASKS.match(question)
    if not match or match[2]:
        return None  # "Isn't it ...?" can be answered either way
    asked = lower_words(question[match.end() :])
    wanted = [stem_of(word) for word in asked if word not in _SMALL | NEGATIONS]
    said = lower_words(sentence)
    stretch = _stretch(wanted, [stem_of(word) for word in said])
    if len(wanted) < 2 or stretch is None:  # one shared word decides nothing
        return None
    start, end = stretch
    inside, around = said[start:end], said[:start]
    if end - start > _SPREAD * len(asked) or (set(inside) ^ set(asked)) & _TURNS or set(around) & _TURNS:
        return None
    denied = sum(word in NEGATIONS for word in [*around[-4:], *inside])
    asked_denied = sum(word in NEGATIONS for word in asked)
    if denied > 1 or asked_denied or any(word in NEGATIONS for word in [*around[:-4], *said[end:]]):
        return None  # which of them it turns is for a person to read
    return "no" if denied else "yes"


def _stretch(wanted: list[str], said: list[str]) -> tuple[int, int] | None:
    """The shortest stretch of the sentence that holds the wanted stems in order; None if there is none."""
    best: tuple[int, int] | None = None
    for start, stem in enumerate(said):
        if wanted and stem == wanted[0]:
            at = start
            for nxt in wanted[1:]:
                at = next((i for i in range(at + 1, len(said)) if said[i] == nxt), -1)
                if at < 0:
                    break
            else:
                if best is None or at + 1 - start < best[1] - best[0]:
                    best = (start, at + 1)
    return best
