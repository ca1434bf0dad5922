"""True sentences: a document's sentence in other words, or a person's question and its answer as a statement."""

import re

import lemminflect

from qa.reader.lexicon import is_content_word, synonyms
from qa.support.changes import ANY_DIGIT, ANY_MONTH, AUXILIARY, DIGITS, SAYS, Change, Dice, lower, tidy, upper

_LEADING = re.compile(r"((?:In|On|By|During|Since|After|Before|At|From|Until) [^,]{2,40}), (?=\w)")


def true_kinds() -> dict[str, Change]:
    """How a sentence is put in other words that say no more than it does."""
    return {
        "shortened": shortened,
        "first part": first_part,
        "turned round": turned,
        "reworded": reworded,
        "other form": reformed,
        "said otherwise": reported,
        "made active": active,
    }


def shortened(sentence: str, dice: Dice) -> str | None:
    """Without an aside between commas, or what a relative clause adds at the end."""
    asides = [m for m in re.finditer(r", (?!and |or |but )([^,]{6,60}), (?=[a-z]+ )", sentence) if _is_aside(m[1])]
    ends = list(
        re.finditer(r",? (?:\([^)]*\))|, (?:which|who|where|including|such as|especially) [^,;]+(?=\.$)", sentence)
    )
    options = [sentence[: m.start()] + " " + sentence[m.end() :] for m in asides]
    options += [sentence[: m.start()] + sentence[m.end() :] for m in ends]
    return tidy(dice.choice(options)) if options else None


def first_part(sentence: str, dice: Dice) -> str | None:
    """The first of the statements that an "and" or a semicolon joins."""
    ends = [m.start() for m in re.finditer(rf";|,? (?:and|but) (?={AUXILIARY}\b|\w+ed (?:the|a|by|in|to)\b)", sentence)]
    ends = [
        end
        for end in ends
        if len(sentence[:end].split()) >= 5 and not re.search(r"\b(?:if|both|between)\b", sentence[:end])
    ]
    return f"{sentence[: dice.choice(ends)]}." if ends else None


def turned(sentence: str, dice: Dice) -> str | None:  # noqa: ARG001 - a `Change`
    """With what stands in front ("In 1834, ...") at the end."""
    match = _LEADING.match(sentence)
    if not match or not sentence.endswith(".") or "," in sentence[match.end() :] or ";" in sentence:
        return None
    return f"{upper(sentence[match.end() : -1])} {match[1][0].lower()}{match[1][1:]}."


def reworded(sentence: str, dice: Dice) -> str | None:
    """With one or two words in others that mean the same."""
    options = [(m, near) for m in re.finditer(r"\b[a-z]+\b", sentence) if (near := _same(m.group()))]
    if not options:
        return None
    chosen = dice.sample(options, min(len(options), dice.choice([1, 2])))
    for match, near in sorted(chosen, key=lambda option: -option[0].start()):
        sentence = sentence[: match.start()] + dice.choice(near) + sentence[match.end() :]
    return sentence


def reformed(sentence: str, dice: Dice) -> str | None:
    """With a number, a date or a possessive in another form."""
    options = list[str]()
    for match in re.finditer(rf"\b(?:{ANY_DIGIT})\b", sentence):
        options.append(sentence[: match.start()] + str(DIGITS.index(match.group()) + 2) + sentence[match.end() :])
    for match in re.finditer(r"(?<![\w.,-])([2-9]|1[0-2])(?= [a-z])", sentence):
        options.append(sentence[: match.start()] + DIGITS[int(match[1]) - 2] + sentence[match.end() :])
    for match in re.finditer(rf"\b({ANY_MONTH}) (\d\d?)\b(?!\d)", sentence):
        options.append(f"{sentence[: match.start()]}{match[2]} {match[1]}{sentence[match.end() :]}")
    for match in re.finditer(rf"\b(\d\d?) ({ANY_MONTH})\b", sentence):
        options.append(f"{sentence[: match.start()]}{match[2]} {match[1]}{sentence[match.end() :]}")
    for match in re.finditer(r"\bthe ([a-z]+) of ([A-Z]\w+)\b(?! [A-Z])", sentence):
        options.append(f"{sentence[: match.start()]}{match[2]}'s {match[1]}{sentence[match.end() :]}")
    for match in re.finditer(r"\b([A-Z]\w+)['’]s ([a-z]+)\b(?= (?:is|was|in|and|had|has|of)\b)", sentence):
        options.append(f"{sentence[: match.start()]}the {match[2]} of {match[1]}{sentence[match.end() :]}")
    return upper(dice.choice(options)) if options else None


def reported(sentence: str, dice: Dice) -> str | None:
    """With what someone says attributed in another way."""
    match = re.match(rf"((?:[A-Z][\w.]+ ?){{1,4}}) {SAYS} that ([^.]+)\.$", sentence)
    if not match:
        return None
    who, what = match[1].strip(), match[2]
    if re.search(rf"\b{AUXILIARY}\b|\bnot\b", who):
        return None
    verb = dice.choice(["said", "claimed"])
    return dice.choice(
        [f"According to {lower(who)}, {what}.", f"{who} {verb} that {what}.", f"{upper(what)}, {lower(who)} {verb}."]
    )


def active(sentence: str, dice: Dice) -> str | None:  # noqa: ARG001 - a `Change`
    """With a passive made active: "X was built by Y" to "Y built X"."""
    match = re.match(
        r"([A-Z][^,;]{2,60}?) (?:was|were) (\w+) by ((?:the |a )?[A-Z]?[^,;.]{2,50}?)((?: in \d{4})?\.)$", sentence
    )
    if not match or re.search(rf"\b{AUXILIARY}\b|\b(?:and|that|which|who)\b", f"{match[1]} {match[3]}"):
        return None
    lemma = lemminflect.getLemma(match[2], "VERB")
    past = lemminflect.getInflection(lemma[0], "VBD") if lemma and lemma[0] != match[2] else ()
    return f"{upper(match[3])} {past[0]} {lower(match[1])}{match[4]}" if past else None


def joined(one: str, other: str) -> str | None:
    """Two sentences as one."""
    if not one.endswith(".") or len(one) + len(other) > 320 or '"' in one + other:
        return None
    return f"{one[:-1]}, and {lower(other)}"


def retold(question: str, answer: str) -> str | None:
    """A question and its answer as a statement; None where that takes grammar."""
    asked = question.strip().rstrip("?").strip()
    match = re.match(r"(?:Who|What|Which [\w ]{2,30}?|How many [\w ]{2,30}?) ((?:was|were|is|are) (?:a|an|the|\w+ed|built|born) .+|(?!did|do|does|was|were|is|are|has|have|had|can|could|would|will|should)\w+(?:ed|s|ew|ote|ook|ade|on|ave|ame|old|ang|egan|uilt|ent) .+)$", asked)  # fmt: skip # noqa: E501
    if match and not re.search(
        r"\b(?:did|do|does|by|of|for|with|to|from|in|at|on|as|called|named)$|\b(?:did|do|does)\b", asked
    ):
        counted = re.match(r"How many ([\w ]+?) (?=\w+ )", asked)
        subject = (
            f"{answer} {asked[9 : match.start(1)].strip()}" if counted and not answer.split()[-1].isalpha() else answer
        )
        return f"{upper(subject)} {match[1]}."
    match = re.match(r"(?:When|In (?:what|which) year) (was|were) ((?:the |a )?[\w '’-]+?) (\w+ed|built|born|made|held|won|begun|sold|written)( [^?]*)?$", asked)  # fmt: skip # noqa: E501
    if match:
        when = (
            answer
            if re.match(r"(?:in|on|by|around|during|after|before|since|the|early|late)\b", answer.lower())
            else f"in {answer}"
        )
        return f"{upper(match[2])} {match[1]} {match[3]}{match[4] or ''} {lower(when)}."
    return None


def _same(word: str) -> tuple[str, ...]:
    """Words that can stand for a word, and it for them."""
    if not is_content_word(word):
        return ()
    return tuple(near for near in synonyms(word) if word in synonyms(near))


def _is_aside(words: str) -> bool:
    return not re.search(rf"\b(?:not|never|{AUXILIARY[3:-1]}|{SAYS[3:-1]}|according|if|unless)\b", words)
