"""What the spammers and the newcomers of the wave write: made here, or taken from a labelled set."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from forum.archive.sample.sample_text import TOPICS, TextGenerator

FILE = "messages.jsonl"

_GOODS = ("replica watches", "diet pills", "casino bonus", "essay writing", "crypto signals", "loan without checks")
_PITCHES = (
    "Looking for {goods}? The {best} prices are at http://{host}/{path} and delivery is {fast}.",
    "I was {sceptical} too, but {goods} from http://{host}/{path} changed my life. {try_it}!",
    "{best} {goods} online: http://{host}/{path} . Use the code {code} and save {number} %.",
    "Hello friends! My brother earned ${number}00 a week with {goods}. See http://{host}/{path} {try_it}.",
    "{try_it}: {goods}, {fast} and discreet, only at http://{host}/{path}",
)
_SPUN = {
    "best": ("best", "lowest", "cheapest", "top", "greatest"),
    "fast": ("fast", "free", "quick", "worldwide", "instant"),
    "sceptical": ("sceptical", "doubtful", "unsure", "careful"),
    "try_it": ("Try it", "Check it out", "Do not miss it", "Order now", "Click here"),
}


@dataclass(frozen=True)
class Texts:
    """Endless spam by campaign, and endless ham; the same for the same seed."""

    spam: Iterator[str]
    ham: Iterator[str]


def made(seed: int) -> Texts:
    """Texts put together from parts; other seeds have other hosts and mixtures."""
    chance = random.Random(seed)  # noqa: S311 - a trial's
    return Texts(_spam(chance), _ham(seed))


def of_sets(spam: Path, ham: Path, seed: int) -> Texts:
    """The texts of labelled sets as `forum evaluate spam` reads them, in random order, again and again."""
    chance = random.Random(seed)  # noqa: S311 - a trial's
    return Texts(_again(_labelled(spam, "spam"), chance), _again(_labelled(ham, "ham"), chance))


def _spam(chance: random.Random) -> Iterator[str]:
    hosts = [f"{chance.choice(('best', 'top', 'my', 'go'))}-{chance.randrange(16**4):x}.example" for _ in range(12)]
    while True:
        spun = {name: chance.choice(words) for name, words in _SPUN.items()}
        number, path = chance.randrange(2, 90), f"{chance.randrange(16**6):x}"
        pitch, goods, host = chance.choice(_PITCHES), chance.choice(_GOODS), chance.choice(hosts)
        yield pitch.format(goods=goods, host=host, path=path, code=path.upper()[:5], number=number, **spun)


def _ham(seed: int) -> Iterator[str]:
    """Posts as those of the sample forum, each of another topic."""
    writer = TextGenerator(seed)
    for topic in cycle(range(TOPICS)):
        yield writer.post(topic).source


def _labelled(folder: Path, label: str) -> list[str]:
    rows = map(json.loads, (folder / FILE).read_text().splitlines())
    return [row["text"] for row in rows if row["label"] == label]


def _again(texts: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(texts, len(texts))
