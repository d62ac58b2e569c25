"""Slips of the hand: a letter left out, added, changed, or swapped with the next; pure."""

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзиклмнопрстуфхцчшщъыьэюяєігґјљњћџ",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژکگی",
)
LONGEST = 30  # letters; longer words have too many variants


def one_slip(word: str) -> set[str]:
    """All that is one slip away from a word in lower case without accents, in the letters of its script."""
    if len(word) > LONGEST:
        return set()
    letters = next((letters for letters in ALPHABETS if set(word) & set(letters)), "".join(set(word)))
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    left_out = {one + other[1:] for one, other in halves if other}
    swapped = {one + other[1] + other[0] + other[2:] for one, other in halves if len(other) > 1}
    changed = {one + letter + other[1:] for one, other in halves if other for letter in letters}
    added = {one + letter + other for one, other in halves for letter in letters}
    return (left_out | swapped | changed | added) - {word}


def slips(one: str, other: str, *, most: int) -> int:
    """How many slips lie between two words; more than `most` is `most` + 1."""
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
