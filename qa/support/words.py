"""Which words carry content, and the stem by which two of them are the same. Pure."""

import re
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"\w+(?:[-.]\w+)*")
_STEMMER = Stemmer.Stemmer("english")
_FUNCTION_WORDS = frozenset(
    """a about also although an and any are as at be because been before being but by can could did do does doing
    during each either even for from had has have having he her hers him his how however i if in instead into is it
    its itself just may me might more most much must my neither never no nobody none nor not nothing of off on onto
    or other our out over own per rather s same shall she should so some such t than that the their theirs them
    themselves then there these they this those though through thus to too under until up upon us very was we were
    what when where whether which while who whom whose why will with within without would you your""".split()
)

_IRREGULAR = {
    form: base
    for base, *forms in map(
        str.split,
        """begin began begun;break broke broken;bring brought;build built;buy bought;catch caught;choose chose chosen
        come came;deal dealt;draw drew drawn;drive drove driven;eat ate eaten;fall fell fallen;feel felt;fight fought
        find found;fly flew flown;forbid forbade forbidden;forget forgot forgotten;get got gotten;give gave given
        go went gone;grow grew grown;hear heard;hide hid hidden;hold held;keep kept;know knew known;lay laid
        lead led;leave left;lend lent;lose lost;make made;mean meant;meet met;pay paid;ride rode ridden;rise rose risen
        run ran;say said;see saw seen;seek sought;sell sold;send sent;shake shook shaken;shoot shot;show shown
        sing sang sung;sink sank sunk;sit sat;speak spoke spoken;spend spent;stand stood;steal stole stolen
        strike struck;swear swore sworn;sweep swept;swim swam swum;take took taken;teach taught;tell told;think thought
        throw threw thrown;understand understood;wear wore worn;win won;withdraw withdrew withdrawn;write wrote written
        child children;man men;woman women;person people;country countries;life lives""".replace("\n", ";").split(";"),
    )
    for form in forms
}


def is_function_word(word: str) -> bool:
    """Whether a word only holds others together."""
    return word.lower() in _FUNCTION_WORDS


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What inflected forms of a word share, in lower case: "sell", "sold" and "selling" are one."""
    return _STEMMER.stemWord(_IRREGULAR.get(word.lower(), word.lower()))


def content_words(text: str) -> list[str]:
    """The words of a text that carry content, in lower case and in their order; the parts of hyphenated ones."""
    found = [part for word in _WORD.findall(text.lower()) for part in word.split("-")]
    return [word for word in found if word and not is_function_word(word)]
