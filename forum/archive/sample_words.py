"""Made-up talk for a sample forum: words by Zipf's law, topics with words of their own, posts with their HTML."""

import random
from itertools import accumulate

from forum.members.impersonation import is_reserved
from forum.threads.writing import render

WORDS, TOPICS, SENTENCES = 20_000, 160, 80
TOPIC_WORDS, TITLE_WORDS = 40, 10  # a topic has so many words of its own, of which titles take the first
# strings, not lists: 200 short words take 200 lines otherwise
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
RICH = (
    "> {0}\n\n{1}",
    "- {0}\n- {1}",
    "{0} **{1}** :coffee:",
    "```\n{0}\n```",
    "{0} <https://example.org/{2}>",
    ":::spoiler\n{0}\n:::",
    "| {2} | {3} |\n| --- | --- |\n| {2} | {3} |",
)


class Talk:
    """A source of titles and posts; the same seed says the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.words = self._vocabulary()
        self._rare = self.words[len(COMMON.split()) :]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))
        self._topics = [self._topic() for _ in range(TOPICS)]
        self._rich = [self._rich_piece(RICH[number % len(RICH)]) for number in range(8 * len(RICH))]

    def topic(self) -> int:
        """What a thread is about."""
        return int(TOPICS * self.chance.random() ** 2)

    def title(self, topic: int) -> str:
        """A title between 4 and 150 characters."""
        own, _ = self._topics[topic]
        words = [*self.chance.sample(own[:TITLE_WORDS], 3), *self._some(self.chance.randint(1, 5))]
        self.chance.shuffle(words)
        return " ".join(words).capitalize()[:150].strip()

    def post(self, topic: int) -> tuple[str, str]:
        """What is typed and the HTML that the renderer makes of it; it is asked only where there is more than words."""
        chance = self.chance.random
        _, sentences = self._topics[topic]
        many = 1 + int(9 * chance() ** 2)
        source = " ".join([sentences[int(SENTENCES * chance())] for _ in range(many)])
        html = f"<p>{source}</p>\n"
        if chance() < 0.1:
            more, more_html = self._rich[int(len(self._rich) * chance())]
            return f"{source}\n\n{more}", html + more_html
        return source, html

    def name(self, number: int) -> str:
        """A member's name; the number makes it unique."""
        while True:
            name = f"{self.chance.choice(self._rare)[:20].capitalize()}{number}"
            if not is_reserved(name):
                return name

    def _vocabulary(self) -> list[str]:
        """The common words, then made-up ones: as in every language, those that are used more are shorter (Zipf)."""
        common, made = COMMON.split(), dict[str, None]()
        while len(made) < WORDS - len(common):
            made["".join(self._syllable() for _ in range(self.chance.randint(2, 4)))] = None
        return list(dict.fromkeys([*common, *sorted(made, key=len)]))

    def _syllable(self) -> str:
        return "".join(map(self.chance.choice, SYLLABLE))

    def _some(self, number: int) -> list[str]:
        return self.chance.choices(self.words, cum_weights=self._weights, k=number)

    def _topic(self) -> tuple[list[str], list[str]]:
        own = self.chance.sample(self._rare, TOPIC_WORDS)
        return own, [self._sentence(own) for _ in range(SENTENCES)]

    def _sentence(self, own: list[str]) -> str:
        words = self._some(self.chance.randint(4, 16)) + self.chance.choices(own, k=self.chance.randint(1, 4))
        self.chance.shuffle(words)
        return " ".join(words).capitalize() + "."

    def _rich_piece(self, form: str) -> tuple[str, str]:
        own = self._some(2)
        source = form.format(self._sentence(own), self._sentence(own), *own)
        return source, render(source).html
