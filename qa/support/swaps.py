"""False sentences: a true one with one thing changed."""

import re

import lemminflect

from qa.reader.changes import names_of
from qa.reader.lexicon import antonyms, is_content_word, siblings
from qa.support.changes import (
    ANY_DIGIT,
    ANY_MONTH,
    AUXILIARY,
    DIGITS,
    MONTHS,
    SAYS,
    Change,
    Dice,
    lower,
    replaced,
    tidy,
    upper,
)

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-]|[.,]\d)")


def false_kinds() -> dict[str, Change]:
    """How a sentence is made to say something else."""
    return {
        "number": swap_number,
        "date": swap_date,
        "name": swap_name,
        "negation": swap_negation,
        "modality": swap_modality,
        "attribution": drop_attribution,
        "names exchanged": exchange_names,
        "opposite word": swap_word,
        "phrase added": add_phrase,
    }


def swap_number(sentence: str, dice: Dice) -> str | None:
    """With another number."""
    found = [m for m in _NUMBER.finditer(sentence) if not _YEAR.fullmatch(m.group()) and not _in_date(sentence, m)]
    found += list(re.finditer(rf"\b(?:{ANY_DIGIT})\b", sentence))
    if not found:
        return None
    match = dice.choice(found)
    old = match.group()
    if old in DIGITS:
        return replaced(sentence, match, dice.choice([word for word in DIGITS if word not in sentence]))
    value = float(old.replace(",", ""))
    new = value * dice.choice([0.5, 0.8, 1.5, 2, 3]) + dice.choice([0, 1, 2])
    made = f"{new:.1f}" if "." in old else f"{round(new):,}" if "," in old else str(round(new))
    return replaced(sentence, match, made) if made not in sentence else None


def swap_date(sentence: str, dice: Dice) -> str | None:
    """With another year, month or day."""
    found = [*_YEAR.finditer(sentence), *re.finditer(rf"\b(?:{ANY_MONTH})\b", sentence)]
    if not found:
        return None
    match = dice.choice(found)
    if match.group() in MONTHS:
        return replaced(sentence, match, dice.choice([month for month in MONTHS if month != match.group()]))
    return replaced(sentence, match, str(int(match.group()) + dice.choice([-1, 1]) * dice.choice([1, 2, 3, 5, 10, 20])))


def swap_name(sentence: str, dice: Dice) -> str | None:
    """With another name, of as many words."""
    here = [name for name in names_of(sentence) if name not in MONTHS]
    if not here or not dice.names:
        return None
    old = dice.choice(here)
    others = [
        name
        for name in dice.names
        if len(name.split()) == len(old.split()) and name not in sentence and name not in MONTHS
    ]
    return re.sub(rf"\b{re.escape(old)}\b", dice.choice(others), sentence, count=1) if others else None


def borrow_name(sentence: str, other: str, dice: Dice) -> str | None:
    """With one of its names replaced by one of the sentence beside it, which is cited too."""
    here, there = ({name for name in names_of(text) if name not in MONTHS} for text in (sentence, other))
    own = sorted(name for name in here if sentence.count(name) == 1 and name not in other)
    theirs = sorted(
        name for name in there if name not in sentence and not any(set(name.split()) & set(n.split()) for n in here)
    )
    return sentence.replace(dice.choice(own), dice.choice(theirs)) if own and theirs else None


def exchange_names(sentence: str, dice: Dice) -> str | None:
    """With two of its names in each other's place."""
    here = [name for name in names_of(sentence) if name not in MONTHS and sentence.count(name) == 1]
    if len(here) < 2:
        return None
    one, other = dice.sample(here, 2)
    # "between A and B" means the same the other way round.
    between = sentence[min(sentence.find(one), sentence.find(other)) : max(sentence.find(one), sentence.find(other))]
    if one in other or other in one or re.search(r",|\b(?:and|or)\b", between):
        return None
    return sentence.replace(one, "\0").replace(other, one).replace("\0", other)


def swap_negation(sentence: str, dice: Dice) -> str | None:
    """With a "not" more, or one less."""
    less = re.search(rf"\b({AUXILIARY}) (?:not|never)\b (?!only|just)|\b(never) (?=\w+ed)", sentence)
    if less:
        return tidy(replaced(sentence, less, f"{less[1]} " if less[1] else ""))
    more = list(re.finditer(rf"\b{AUXILIARY}\b(?= (?!not|never)\w)", sentence))
    if more:
        match = dice.choice(more)
        return replaced(sentence, match, f"{match.group()} {dice.choice(['not', 'never', 'not'])}")
    past = re.search(r"(?<=[a-z] )([a-z]{3,}ed)(?= (?:the|a|an|his|its|their|in|to)\b)", sentence)
    lemma = lemminflect.getLemma(past[1], "VERB") if past else ()
    return replaced(sentence, past, f"did not {lemma[0]}") if past and lemma and lemma[0] != past[1] else None


def swap_modality(sentence: str, dice: Dice) -> str | None:
    """With what may be made what is, or what is made what may be."""
    match = re.search(r"\b(?:may|might|could|would|should|must|can|will) (?!not\b|have\b)(be )?([a-z]+)\b", sentence)
    if match and match[1]:
        return replaced(sentence, match, f"was {match[2]}")
    if (
        match
        and (forms := lemminflect.getInflection(match[2], "VBD"))
        and lemminflect.getLemma(match[2], "VERB")[:1] == (match[2],)
    ):
        return replaced(sentence, match, forms[0])
    match = re.search(
        r"\b(?:is|are|was|were) (?:likely|expected|planned|supposed|believed|thought) to (?:be |have )?([a-z]+)\b",
        sentence,
    )
    if match and (forms := lemminflect.getInflection(match[1], "VBD")):
        return replaced(sentence, match, forms[0])
    match = re.search(r"\b(?:possibly|probably|perhaps|potentially|likely) (?=[a-z]+)", sentence)
    if match:
        return replaced(sentence, match, "")
    match = re.search(r"(?<=[a-z] )(was|were) ([a-z]+ed)\b", sentence)
    return (
        replaced(sentence, match, f"{dice.choice(['may', 'might', 'could'])} have been {match[2]}") if match else None
    )


def drop_attribution(sentence: str, dice: Dice) -> str | None:  # noqa: ARG001 - a `Change`
    """With what someone says, thinks or alleges told as a fact."""
    if match := re.match(rf"[^,;]{{3,60}}? {SAYS} that (\w[^;]+)$", sentence):
        return upper(match[1])
    if match := re.match(r"According to [^,]{3,60}, ((?:the|a|an|it|there|this|these)\b.+)$", sentence):
        return upper(match[1])
    if match := re.match(rf"(.{{30,}}), (?:[A-Z][\w. ]+ )?{SAYS}(?: [A-Z][\w. ]+)?\.$", sentence):
        return f"{match[1]}."
    match = re.search(r"\b(is|are|was|were) (?:believed|said|thought|reported|alleged|claimed|considered|rumou?red|estimated) to (be|have been)\b", sentence)  # fmt: skip # noqa: E501
    if match:
        now = {"is": "was", "are": "were"} if match[2] == "have been" else {}
        return replaced(sentence, match, now.get(match[1], match[1]))
    match = re.search(r"\b(?:reportedly|allegedly|supposedly|purportedly|apparently) (?=[a-z])", sentence)
    return replaced(sentence, match, "") if match else None


def add_phrase(sentence: str, dice: Dice) -> str | None:
    """With a phrase more, out of another sentence."""
    others = [phrase for phrase in dice.phrases if phrase not in sentence] if sentence.endswith(".") else []
    return f"{sentence[:-1]} {dice.choice(others)}." if others else None


def phrases_of(sentence: str) -> list[str]:
    """What `add_phrase` can add: how a sentence ends, where no name and no number stands."""
    return re.findall(
        r"\b((?:because|for|about|with|after|before|without|due to|in order to) [a-z][a-z -]{8,50})\.$", sentence
    )


def attributed(sentence: str, dice: Dice) -> str:
    """What someone says, instead of a fact: not the sentence changes so, but the quote."""
    who, what = dice.choice(dice.names) if dice.names else "Smith", lower(sentence[:-1])
    return dice.choice(
        [
            f"{who} alleged that {what}.",
            f"According to {who}, {what}.",
            f"{sentence[:-1]}, {who} claimed.",
            f"{sentence[:-1]}, according to {who}.",
            f"It is widely believed that {what}.",
            f"{who} told reporters that {what}.",
            f"{who}'s claim that {what} could not be confirmed.",
            f"Critics of {who} argue that {what}.",
            f"{who} has repeatedly denied reports that {what}.",
            f"There were rumours that {what}.",
        ]
    )


def swap_word(sentence: str, dice: Dice) -> str | None:
    """With a word in its opposite, or in another of its kind."""
    options = list[tuple[re.Match[str], tuple[str, ...]]]()
    for match in re.finditer(r"\b[a-z]+\b", sentence):
        if is_content_word(match.group()):
            near = antonyms(match.group()) or siblings(match.group())
            options += [(match, near)] if near else []
    if not options:
        return None
    match, near = dice.choice(options)
    return replaced(sentence, match, dice.choice(near))


def _in_date(sentence: str, match: re.Match[str]) -> bool:
    around = sentence[max(0, match.start() - 10) : match.end() + 11]
    return any(month in around for month in MONTHS)
