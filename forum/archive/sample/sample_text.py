"""Random text for a sample forum: Zipf-distributed words, topics with their own vocabulary, posts with HTML.

Posts are made of the sentences of their topic. The vocabulary grows with the text by Heaps' law (H. S. Heaps,
"Information Retrieval", 1978): a post may end with a sentence of new or recently coined words.
"""

import random
from collections import deque
from functools import cache
from itertools import accumulate
from math import log
from typing import NamedTuple

from forum.markup.plain_text import plain_text
from forum.members.reserved_names import is_reserved
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import indexed
from forum.threads.writing import render

WORDS, TOPICS, SENTENCES = 20_000, 160, 80
TOPIC_WORDS, TITLE_WORDS = 40, 10  # words that belong to a topic; titles use the first ones
WORDS_OF_A_SENTENCE = 12.5
MEAN, SPREAD, LONGEST, PARAGRAPH = 8.6, 0.9, 400, 5  # sentences per post: lognormal; about 120 words with the last
HEAPS, GROWTH, MOST_WORDS = 50, 0.55, 2_000_000  # n words of text have HEAPS * n ** GROWTH distinct ones
RECENT, CODES = 300, 0.8  # coined words available for reuse; the share that look like kb4471
# strings, not lists: the formatter would put each of 200 short words on its own line
COMMON = (
    "the of and to in is it you that he was for on are with as they be at one have this from or had by hot but "
    "some what there we can out other were all your when up use how said an each she which do their time if will "
    "way about many then them would like so these her long make thing see him two has look more day could go come "
    "did my sound no most number who over know water than call first people may down side been now find any new "
    "work part take get place made live where"
)
ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sk st str t th tr v w z"
VOWELS = "a e i o u ai ea ee oa ou"
CODAS = ",,n,r,l,s,t,m,nd,st,rk"
SYLLABLE = (ONSETS.split(), VOWELS.split(), CODAS.split(","))
SYLLABLES = [onset + vowel + coda for onset in SYLLABLE[0] for vowel in SYLLABLE[1] for coda in SYLLABLE[2]]
RICH = (
    "> {0}\n\n{1}",
    "- {0}\n- {1}",
    "{0} **{1}** :coffee:",
    "```\n{0}\n```",
    "{0} <https://example.org/{2}>",
    ":::spoiler\n{0}\n:::",
    "| {2} | {3} |\n| --- | --- |\n| {2} | {3} |",
)


class GeneratedPost(NamedTuple):
    """A post's Markdown source, its rendered HTML, and its search index terms."""

    source: str
    html: str
    words: str


class TextGenerator:
    """Generates titles and posts, reproducible for the same seed.

    `fresh` collects the index terms of texts used for the first time; the caller empties it.
    """

    def __init__(self, seed: int, language: str = ENGLISH) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.fresh: list[str] = []
        self._language = language
        self._cached_terms = cache(self.cut)
        self.words = self._vocabulary()
        self._rare = self.words[len(COMMON.split()) :]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))
        self._topics = [self._topic() for _ in range(TOPICS)]
        self._rich = [self._rich_piece(RICH[number % len(RICH)]) for number in range(8 * len(RICH))]
        self._word_count, self._coined = 0.0, WORDS
        self._recent: deque[str] = deque(maxlen=RECENT)

    def topic(self) -> int:
        """Draw the topic of a thread."""
        return int(TOPICS * self.chance.random() ** 2)

    def title(self, topic: int) -> str:
        """A title between 4 and 150 characters."""
        own, _ = self._topics[topic]
        words = [*self.chance.sample(own[:TITLE_WORDS], 3), *self._random_words(self.chance.randint(1, 5))]
        self.chance.shuffle(words)
        return " ".join(words).capitalize()[:150].strip()

    def post(self, topic: int) -> GeneratedPost:
        """Generate a post; rendering and tokenizing are done once per sentence or rich piece, not per post.

        The result is the same: only the last piece can have more index terms than words.
        """
        chance = self.chance.random
        _, sentences = self._topics[topic]
        many = min(LONGEST, 1 + int(self.chance.lognormvariate(log(MEAN) - SPREAD**2 / 2, SPREAD)))
        chosen = [sentences[int(SENTENCES * chance())] for _ in range(many)]
        words = [*map(self._cached_terms, chosen)]
        is_rich = chance() < 0.1
        if not is_rich and (end := self._end_sentence(many)):
            chosen.append(end)
            words.append(self.cut(end))
        parts = [" ".join(chosen[start : start + PARAGRAPH]) for start in range(0, len(chosen), PARAGRAPH)]
        source, html = "\n\n".join(parts), "<p>" + "</p>\n<p>".join(parts) + "</p>\n"
        if is_rich:
            more, more_html = self._rich[int(len(self._rich) * chance())]
            words.append(self._cached_terms(plain_text(more_html)))
            return GeneratedPost(f"{source}\n\n{more}", html + more_html, " ".join(words))
        return GeneratedPost(source, html, " ".join(words))

    def cut(self, text: str) -> str:
        """Tokenize a text into index terms, and add them to `fresh`."""
        words = indexed(text, self._language)
        self.fresh.append(words)
        return words

    def name(self, number: int) -> str:
        """Generate a username; the number makes it unique."""
        while True:
            name = f"{self.chance.choice(self._rare)[:20].capitalize()}{number}"
            if not is_reserved(name):
                return name

    def _end_sentence(self, many: int) -> str:
        """Generate a sentence of new and recent words, as many as Heaps' law requires after `many` more sentences."""
        self._word_count += many * WORDS_OF_A_SENTENCE
        due = min(MOST_WORDS, int(HEAPS * self._word_count**GROWTH)) - self._coined
        if due <= 0:
            return ""
        self._coined += due
        new = [self._coin() for _ in range(due)]
        self._recent.extend(new)
        return f"The {' '.join(new + self.chance.choices(self._recent, k=due))}."

    def _coin(self) -> str:
        """Coin a word that is most likely new: a model number or a name."""
        chance = self.chance.random
        first = SYLLABLES[int(len(SYLLABLES) * chance())]
        if chance() < CODES:
            return f"{first}{int(chance() * 10_000)}"
        return first + SYLLABLES[int(len(SYLLABLES) * chance())] + SYLLABLES[int(len(SYLLABLES) * chance())]

    def _vocabulary(self) -> list[str]:
        """The common words, then made-up ones by length: frequent words are shorter (Zipf)."""
        common, rare = COMMON.split(), dict[str, None]()
        while len(rare) < WORDS - len(common):
            rare["".join(self._syllable() for _ in range(self.chance.randint(2, 4)))] = None
        return list(dict.fromkeys([*common, *sorted(rare, key=len)]))

    def _syllable(self) -> str:
        return "".join(map(self.chance.choice, SYLLABLE))

    def _random_words(self, number: int) -> list[str]:
        return self.chance.choices(self.words, cum_weights=self._weights, k=number)

    def _topic(self) -> tuple[list[str], list[str]]:
        own = self.chance.sample(self._rare, TOPIC_WORDS)
        return own, [self._sentence(own) for _ in range(SENTENCES)]

    def _sentence(self, own: list[str]) -> str:
        words = self._random_words(self.chance.randint(4, 16)) + self.chance.choices(own, k=self.chance.randint(1, 4))
        self.chance.shuffle(words)
        return " ".join(words).capitalize() + "."

    def _rich_piece(self, form: str) -> tuple[str, str]:
        own = self._random_words(2)
        source = form.format(self._sentence(own), self._sentence(own), *own)
        return source, render(source).html
