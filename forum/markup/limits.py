"""Limits on the depth, size and cost of a post's markup, above which it is shown as plain text."""

# Work is estimated in microseconds on one 2024 core, not measured, so that the same post gives the same result on every
# machine. The figures for the constructs below are measurements, rounded up.
MAX_WORK = 150_000
# The last resort, for slower machines or cases that the estimate misses: CPU time of this thread. A garbage collection
# or a busy host also takes it, so that a rendering that exceeds it is tried once more.
MAX_SECONDS = 0.45

MAX_GROWTH = 20
SMALL_OUTPUT = 20_000

MAX_QUOTE_DEPTH = 6
MAX_CONTAINER_DEPTH = 4
MAX_BLOCK_LEVEL = 14
MAX_INLINE_NESTING = 20
MAX_HTML_DEPTH = 60
MAX_TABLE_CELLS = 1_600
MAX_NAMES = 50
MAX_ADDRESS = 2_000
MAX_MARKS = 8
MAX_TITLE = 100
MAX_NAME = 60
MAX_SMILIE_CODE = 40

# To begin a block; to test whether a line ends one; for each bar in what may be the delimiter row of a table.
BLOCK_WORK = 60
LINE_WORK = 12
BAR_WORK = 3
# For each paragraph, heading or cell, and for each markup character in it.
INLINE_STEP = 20
INLINE_WORK = {
    "*": 22,
    "_": 22,
    "~": 8,
    "[": 20,
    "![": 60,
    "](": 15,
    "`": 7,
    "\\": 7,
    "<": 25,
    "&": 9,
    "\n": 8,
    "www.": 50,
    ":": 12,
    "@": 25,
} | dict.fromkeys("]!#$%+-=>^{}", 4)
NESTED_WORK = 0.5
# For each URL, and for each of its characters (the parser encodes them one by one); linkify-it is quadratic.
ADDRESS_WORK = 60
LETTER_WORK = 0.3
ODD_LETTER_WORK = 3
MAX_HOST = 300
SQUARE_WORK = 0.001

# bleach, for each tag, attribute and entity in its input.
TAG_WORK = 38
ATTRIBUTE_WORK = 28
ENTITY_WORK = 20
SIBLING_WORK = 0.06
