"""Edit distance (Damerau-Levenshtein): a letter omitted, inserted, replaced, or swapped with the next; pure."""

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзиклмнопрстуфхцчшщъыьэюяєігґјљњћџ",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژکگی",
)
MAX_WORD_LETTERS = 30  # letters; longer words have too many variants


def one_edit_away(word: str) -> set[str]:
    """All strings one edit away from a word (lower case, no accents), using the letters of its script."""
    if len(word) > MAX_WORD_LETTERS:
        return set()
    letters = next((letters for letters in ALPHABETS if set(word) & set(letters)), "".join(set(word)))
    halves = [(word[:split], word[split:]) for split in range(len(word) + 1)]
    deleted = {head + tail[1:] for head, tail in halves if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1}
    replaced = {head + letter + tail[1:] for head, tail in halves if tail for letter in letters}
    inserted = {head + letter + tail for head, tail in halves for letter in letters}
    return (deleted | swapped | replaced | inserted) - {word}


def edit_distance(one: str, other: str, *, most: int) -> int:
    """The edit distance of two words, capped at `most` + 1."""
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, row = row, [i]
        for j, goal in enumerate(other, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != goal)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == goal:
                row[j] = min(row[j], before[j - 2] + 1)
        before = above
    return min(row[-1], most + 1)
