"""Evaluate the spam filter: decide on labelled messages in random order, and try the filter on the rest.

It is the code that runs in the forum, on lists in memory instead of tables.
"""

import json
import random
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from html import unescape
from pathlib import Path

from forum.archive.export import Progress
from forum.archive.judged_sets import clean_text, numbered_lines
from forum.infra.errors import BadFile
from forum.spam.bayes import Counts
from forum.spam.features import features, has_links
from forum.spam.learning import MOST_APPROVED, Decision, Limits, learned, limits

FILE = "messages.jsonl"
SEED = 1
RUNS, MOST_RUNS, READ_IN_ALL = 10, 60, 40_000  # small sets are run more often, as their figures vary more
STEPS = (50, 100, 200, 400, 800)
MOST_TESTED = 3000
DECIDED_AT_ONCE = 20  # decisions between two runs of the job; after a wrong one it runs at once
STRICT, STRICTEST = 0.005, 0.001
_TAG = re.compile(r"</?(?:a|b|br|i|p|u|em|li|ol|ul|div|img|span|strong)(?:\s[^<>]*)?/?>", re.I)
_TARGET = re.compile(r"(?:href|src)\s*=\s*[\"']?(https?://[^\"'\s>]+)", re.I)


@dataclass(frozen=True)
class Message:
    """A labelled message, by its features."""

    features: Sequence[int]
    is_spam: bool


@dataclass
class Trial:
    """A filter that decisions are taught to, as moderators would."""

    messages: list[Message] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    learned: dict[int, bool] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def decide(self, message: Message) -> bool:
        """Decide on a message as it is labelled; whether the filter would have held it."""
        held = self.counts.score(message.features) > self.limits.held
        self.decisions.append(Decision(len(self.messages), message.is_spam, held and not message.is_spam))
        self.messages.append(message)
        if (held and not message.is_spam) or len(self.messages) % DECIDED_AT_ONCE == 0:
            self.learn()
        return held

    def finds_fine(self, message: Message) -> bool:
        """Whether a post like the message would appear at once in a wave."""
        return self.limits.is_fine(self.counts.score(message.features), links=has_links(message.features))

    def learn(self) -> None:
        """Do what the job does: learn what has changed, and set the limits."""
        newest_first = self.decisions[::-1]
        chosen = learned(newest_first)
        for number in self.learned.keys() | chosen.keys():
            was, now = self.learned.get(number), chosen.get(number)
            if was is not now:
                for value, sign in ((was, -1), (now, 1)):
                    if value is not None:
                        self.counts.add(self.messages[number].features, is_spam=value, sign=sign)
        self.learned = chosen
        approved = [each.id for each in newest_first if not each.is_spam][:MOST_APPROVED]
        scored = [(self.messages[number].features, number in chosen) for number in approved]
        self.limits = limits(self.counts, len(newest_first) - len(approved), scored)


@dataclass(frozen=True)
class Result:
    """Shares: of spam found where at most 0.5 and 0.1 % of ham is held; of spam and ham held by the own threshold.

    And of ham and spam that the filter finds fine, as it must be of those who register in a wave.
    """

    strict: float
    strictest: float
    found: float
    wrong: float
    fine_ham: float
    fine_spam: float


def read(folder: Path) -> Iterator[tuple[str, list[Message], dict[str, str]]]:
    """Each set in a folder or its folders: its name, its messages, and what they cost. Raises BadFile."""
    files = sorted({*folder.glob(FILE), *folder.glob(f"*/{FILE}")})
    if not files:
        raise BadFile(f"{folder} contains no {FILE}, nor does a folder in it.")
    for file in files:
        texts = list(_texts(file))
        started = time.process_time()
        messages = [Message(features(text, links), is_spam) for text, links, is_spam in texts]
        spent = (time.process_time() - started) * 1000 / max(1, len(texts))
        trial = Trial()
        for message in messages[:400]:
            trial.decide(message)
        started = time.process_time()
        for message in messages:
            trial.counts.score(message.features)
        scoring = (time.process_time() - started) * 1000 / max(1, len(texts))
        spam = sum(message.is_spam for message in messages)
        cost = {"features": f"{spent:.3f}", "score": f"{scoring:.3f}"}
        yield file.parent.name, messages, {"messages": str(len(texts)), "spam": str(spam)} | cost


def _texts(file: Path) -> Iterator[tuple[str, list[str], bool]]:
    for number, line in numbered_lines(file):
        try:
            row = json.loads(line)
            text, label = clean_text(row["text"]), row["label"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadFile(f"{file.name}, line {number}: expected a JSON object with text and label.") from error
        if label not in ("spam", "ham"):
            raise BadFile(f"{file.name}, line {number}: the label must be spam or ham.")
        yield *_as_post(text), label == "spam"


def _as_post(text: str) -> tuple[str, list[str]]:
    """A message as a post would show it, without tags, and where its links lead."""
    links = _TARGET.findall(text)
    return unescape(_TAG.sub(" ", text)), links


def learn_in_random_order(messages: list[Message], progress: Progress = lambda *_: None) -> dict[int, Result]:
    """After each number of decisions, the mean results of some runs on messages not decided on."""
    spam = sum(message.is_spam for message in messages)
    if not 0 < spam < len(messages):
        return {}
    runs = min(MOST_RUNS, max(RUNS, READ_IN_ALL // len(messages)))
    results: dict[int, list[Result]] = {step: [] for step in STEPS if step <= len(messages) * 2 // 3}
    for run in range(runs):
        order = random.Random(SEED + run).sample(messages, len(messages))  # noqa: S311 - repeatable
        trial = Trial()
        for number, message in enumerate(order[: max(results, default=0)], 1):
            trial.decide(message)
            if number in results:
                trial.learn()
                tested = _tested(trial, order[number : number + MOST_TESTED])
                results[number] += [tested] if tested else []
        progress("runs", run + 1, runs)
    return {step: _mean(each) for step, each in results.items() if each}


def _tested(trial: Trial, rest: list[Message]) -> Result | None:
    spam, ham = (
        sorted((trial.counts.score(each.features) for each in rest if each.is_spam is kind), reverse=True)
        for kind in (True, False)
    )
    if not spam or not ham:
        return None
    fine_ham, fine_spam = (
        statistics.fmean(trial.finds_fine(each) for each in rest if each.is_spam is kind) for kind in (False, True)
    )

    def share_above(scores: list[float], limit: float) -> float:
        return sum(score > limit for score in scores) / len(scores)

    strict, strictest = (share_above(spam, ham[int(share * len(ham))]) for share in (STRICT, STRICTEST))
    found, wrong = (share_above(scores, trial.limits.held) for scores in (spam, ham))
    return Result(strict, strictest, found, wrong, fine_ham, fine_spam)


def _mean(results: list[Result]) -> Result:
    return Result(*(statistics.fmean(column) for column in zip(*map(astuple, results), strict=True)))


def new_subject(known: list[Message], ham: list[Message]) -> tuple[int, float]:
    """After 800 decisions on one set, how many of the first 100 posts of another are held, and the share after 500."""
    trial = Trial()
    for message in random.Random(SEED).sample(known, min(800, len(known))):  # noqa: S311 - repeatable
        trial.decide(message)
    trial.learn()
    held = [trial.decide(message) for message in ham[:1500]]
    return sum(held[:100]), statistics.fmean(held[500:]) if len(held) > 500 else 0.0


def lines(folder: Path, progress: Progress = lambda *_: None) -> Iterator[str]:
    """The figures of the sets in a folder, a line each."""
    sets = {name: (messages, cost) for name, messages, cost in read(folder)}
    for name, (messages, cost) in sets.items():
        yield f"{name}: {cost['messages']} messages, {cost['spam']} spam"
        yield f"  CPU ms per post: features {cost['features']}, score {cost['score']}"
        for step, result in learn_in_random_order(messages, progress).items():
            at_most = f"recall at 0.5 % ham held {result.strict:.3f}, at 0.1 % {result.strictest:.3f}"
            own = f"own threshold: recall {result.found:.3f}, ham held {100 * result.wrong:.2f} %"
            fine = f"fine: {100 * result.fine_ham:.1f} % of ham, {100 * result.fine_spam:.2f} % of spam"
            yield f"  {step} decisions: {at_most}; {own}; {fine}"
    only_ham = [name for name, (messages, _) in sets.items() if not any(each.is_spam for each in messages)]
    for name in only_ham:
        for other in sets.keys() - only_ham:
            first, later = new_subject(sets[other][0], sets[name][0])
            yield f"{name} after {other}: {first} of the first 100 held, {100 * later:.2f} % after 500"
