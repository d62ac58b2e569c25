"""What the spammers and the newcomers of the wave write: made here, or taken from a labelled set."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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

_OPENINGS = (
    "I have the same problem here.",
    "Thanks for writing this up.",
    "New here, and I hope this is the right place.",
)
_THINGS = ("pump", "controller", "sensor", "gateway", "printer", "amplifier", "router", "heater", "camera", "inverter")
_EVENTS = (
    "the {thing} stops after {number} minutes and starts again when I switch it off",
    "since the update the {thing} shows {number} degrees, although the room is cold",
    "my {thing} works with one unit but not with two",
    "the manual of the {thing} says {number} volts, and I measure less",
    "the {thing} makes a noise that my old one never made",
)
_QUESTIONS = (
    "Has anyone seen this before?",
    "What did you do about it in the end?",
    "Would a firmware of {number} days ago help?",
    "Is there a way to read the log of it?",
    "I would be glad of any idea where to look next.",
)


@dataclass(frozen=True)
class Texts:
    """Endless spam by campaign, and endless ham; the same for the same seed."""

    spam: Iterator[str]
    ham: Iterator[str]


def made(seed: int) -> Texts:
    """Texts put together from parts; other seeds have other hosts and mixtures."""
    chance = random.Random(seed)  # noqa: S311 - a trial's
    return Texts(_spam(chance), _ham(chance))


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


def _ham(chance: random.Random) -> Iterator[str]:
    while True:
        events = chance.sample(_EVENTS, 2)
        parts = [chance.choice(_OPENINGS), f"At my place {events[0]}.", f"Also {events[1]}.", chance.choice(_QUESTIONS)]
        number = chance.randrange(3, 60)
        yield " ".join(part.format(thing=chance.choice(_THINGS), number=number) for part in parts)


def _labelled(folder: Path, label: str) -> list[str]:
    rows = map(json.loads, (folder / FILE).read_text().splitlines())
    return [row["text"] for row in rows if row["label"] == label]


def _again(texts: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(texts, len(texts))
