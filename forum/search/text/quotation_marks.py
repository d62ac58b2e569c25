"""Quotation marks around phrases: straight ones and the paired ones of all languages; pure.

These are the characters with Unicode's property Quotation_Mark, except the straight single one, which is an apostrophe.
Most closing marks open a phrase in some language (”red mud”, »red mud«), but not within a word or before a space.
"""

LONGEST = 200  # characters of a phrase in ’identical marks’, which are apostrophes if no second one follows
_DOUBLE, _POINTED, _SINGLE = '"“”„‟＂〝〞〟⹂', "«»", "‹›"
_ANYWHERE = '"“„‟＂〝⹂«‹「『｢﹁﹃'  # open a phrase in any position
_AT_A_WORD = "”〞〟»›‘‛‚’"
_CLOSING = {
    **dict.fromkeys(_DOUBLE, _DOUBLE),
    **dict.fromkeys(_POINTED, _POINTED),
    **dict.fromkeys(_SINGLE, _SINGLE),
    **dict.fromkeys("‘‛‚", "‘’"),
    **dict(zip("’「『｢﹁﹃", "’」』｣﹂﹄", strict=True)),
}
_APOSTROPHES = r"(?:[^‘’]|’(?=\w))"  # the content of ‘single marks’: an apostrophe within a word does not close it
_KINDS = (
    rf'(?:["“„‟＂〝⹂]|(?<!\w)[”〞〟](?!\s|$))[^{_DOUBLE}]*[{_DOUBLE}]?',
    rf"(?:«|(?<!\w)»(?!\s|$))[^{_POINTED}]*[{_POINTED}]?",
    rf"(?:‹|(?<!\w)›(?!\s|$))[^{_SINGLE}]*[{_SINGLE}]?",
    *(f"{mark}[^{_CLOSING[mark]}]*{_CLOSING[mark]}?" for mark in "「『｢﹁﹃"),
    rf"(?<!\w)[‘‛‚]{_APOSTROPHES}*[‘’]?",
    rf"(?<!\w)’(?!\s){_APOSTROPHES}{{1,{LONGEST}}}’",
)
QUOTED = f"(?:{'|'.join(_KINDS)})"  # a phrase with its marks; the closing one may be missing
# a run of characters other than spaces and marks; a mark that opens no phrase is part of it
BARE = rf"[^\s{_ANYWHERE}](?:(?<=\w)[^\s{_ANYWHERE}]|(?<!\w)[^\s{_ANYWHERE}{_AT_A_WORD}])*"


def is_open(quoted: str) -> bool:
    """Whether the closing mark of a phrase is missing."""
    return len(quoted) == 1 or quoted[-1] not in _CLOSING[quoted[0]]


def inside(quoted: str) -> str:
    """A phrase without its marks."""
    return quoted[1:] if is_open(quoted) else quoted[1:-1]
