"""Quotation marks around phrases, straight ones and the paired ones of all languages; pure.

They are the characters with Unicode's property Quotation_Mark, but the straight single one, which is an apostrophe.
Most closing marks open a phrase in some language (”red mud”, »red mud«), but not within a word or before a space.
"""

LONGEST = 200  # characters of a phrase in ’marks of one kind’, which are apostrophes if no second one follows
_DOUBLE, _POINTED, _SINGLE = '"“”„‟＂〝〞〟⹂', "«»", "‹›"
_ANYWHERE = '"“„‟＂〝⹂«‹「『｢﹁﹃'  # open a phrase wherever they stand
_AT_A_WORD = "”〞〟»›‘‛‚’"
_CLOSING = {
    **dict.fromkeys(_DOUBLE, _DOUBLE),
    **dict.fromkeys(_POINTED, _POINTED),
    **dict.fromkeys(_SINGLE, _SINGLE),
    **dict.fromkeys("‘‛‚", "‘’"),
    **dict(zip("’「『｢﹁﹃", "’」』｣﹂﹄", strict=True)),
}
_APOSTROPHES = r"(?:[^‘’]|’(?=\w))"  # what stands in ‘single marks’: an apostrophe within a word closes nothing
_KINDS = (
    rf'(?:["“„‟＂〝⹂]|(?<!\w)[”〞〟](?!\s|$))[^{_DOUBLE}]*[{_DOUBLE}]?',
    rf"(?:«|(?<!\w)»(?!\s|$))[^{_POINTED}]*[{_POINTED}]?",
    rf"(?:‹|(?<!\w)›(?!\s|$))[^{_SINGLE}]*[{_SINGLE}]?",
    *(f"{mark}[^{_CLOSING[mark]}]*{_CLOSING[mark]}?" for mark in "「『｢﹁﹃"),
    rf"(?<!\w)[‘‛‚]{_APOSTROPHES}*[‘’]?",
    rf"(?<!\w)’(?!\s){_APOSTROPHES}{{1,{LONGEST}}}’",
)
QUOTED = f"(?:{'|'.join(_KINDS)})"  # a phrase with its marks; the second one may still be missing
# a run of what is neither space nor mark; a mark that opens nothing is part of it
BARE = rf"[^\s{_ANYWHERE}](?:(?<=\w)[^\s{_ANYWHERE}]|(?<!\w)[^\s{_ANYWHERE}{_AT_A_WORD}])*"


def is_open(quoted: str) -> bool:
    """Whether the second mark of a phrase is missing."""
    return len(quoted) == 1 or quoted[-1] not in _CLOSING[quoted[0]]


def inside(quoted: str) -> str:
    """A phrase without its marks."""
    return quoted[1:] if is_open(quoted) else quoted[1:-1]
