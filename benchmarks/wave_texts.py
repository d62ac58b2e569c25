"""What the spammers and the newcomers of the wave write, and others before: made here, or taken from a labelled set.

What the filter has learned before is of another kind than the wave: other wares and hosts in other words, or other
messages of the set.
"""

import json
import random
from collections.abc import Iterator, Sequence
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
_EARLIER_GOODS = ("betting tips", "phone unlocking", "slimming tea", "fake diplomas", "more followers", "forex robots")
_EARLIER_PITCHES = (
    "We sell {goods}. Write to us on WhatsApp +44 7{number} 555 0{number}, or visit www.{host}",
    "{goods} for everyone, more information: https://{host}/?ref={code}",
    "My uncle recommends this team for {goods}, ask them at {host} and they answer within a day",
    "Anyone here interested in {goods}? Only {number} places left, mail sales@{host}",
)
_SPUN = {
    "best": ("best", "lowest", "cheapest", "top", "greatest"),
    "fast": ("fast", "free", "quick", "worldwide", "instant"),
    "sceptical": ("sceptical", "doubtful", "unsure", "careful"),
    "try_it": ("Try it", "Check it out", "Do not miss it", "Order now", "Click here"),
}


@dataclass(frozen=True)
class Texts:
    """Endless spam and ham, of the wave and from before it; the same for the same seed."""

    earlier_spam: Iterator[str]
    earlier_ham: Iterator[str]
    spam: Iterator[str]
    ham: Iterator[str]


def made(seed: int) -> Texts:
    """Texts put together from parts; other seeds have other hosts and mixtures. Needs the forum's context."""
    chance = random.Random(seed)  # noqa: S311 - a trial's
    earlier = _spam(chance, _EARLIER_PITCHES, _EARLIER_GOODS)
    ham = _ham(TextGenerator(seed))  # another generator has another language
    return Texts(earlier, ham, _spam(chance, _PITCHES, _GOODS), ham)


def of_sets(spam: Path, ham: Path, seed: int) -> Texts:
    """The texts of labelled sets as `forum evaluate spam` reads them, in random order, again and again.

    One half of the spam and of the ham is from before the wave, the other from the wave.
    """
    chance = random.Random(seed)  # noqa: S311 - a trial's
    halves = [_halves(_labelled(spam, "spam"), chance), _halves(_labelled(ham, "ham"), chance)]
    return Texts(*(_again(half, chance) for pair in zip(*halves, strict=True) for half in pair))


def _halves(texts: list[str], chance: random.Random) -> tuple[list[str], list[str]]:
    mixed = chance.sample(texts, len(texts))
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def _spam(chance: random.Random, pitches: Sequence[str], wares: Sequence[str]) -> Iterator[str]:
    hosts = [f"{chance.choice(('best', 'top', 'my', 'go'))}-{chance.randrange(16**4):x}.example" for _ in range(12)]
    while True:
        spun = {name: chance.choice(words) for name, words in _SPUN.items()}
        number, path = chance.randrange(2, 90), f"{chance.randrange(16**6):x}"
        pitch, goods, host = chance.choice(pitches), chance.choice(wares), chance.choice(hosts)
        yield pitch.format(goods=goods, host=host, path=path, code=path.upper()[:5], number=number, **spun)


def _ham(writer: TextGenerator) -> Iterator[str]:
    """Posts as those of the sample forum, each of another topic."""
    for topic in cycle(range(TOPICS)):
        yield writer.post(topic).source


def _labelled(folder: Path, label: str) -> list[str]:
    rows = map(json.loads, (folder / FILE).read_text().splitlines())
    return [row["text"] for row in rows if row["label"] == label]


def _again(texts: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(texts, len(texts))
