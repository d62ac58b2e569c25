"""Tells robots from people by what a program calls itself, after the list of crawler-user-agents."""

import re
from collections import defaultdict
from functools import cache, lru_cache

import crawleruseragents

MAX_AGENT_LENGTH = 512  # characters of an agent that are looked at; browsers need about 120
PREFIX_LENGTH = 4  # characters of a pattern by which it is found

_TOKEN = re.compile(r"\\.|\[[^\]]*\]|.")


@lru_cache(maxsize=4096)
def is_robot(agent: str) -> bool:
    """Whether this is no browser a person reads with; who does not say what they are is a robot."""
    agent = agent[:MAX_AGENT_LENGTH].strip()
    if not agent:
        return True
    words, patterns = _filed()
    for start in range(len(agent) - PREFIX_LENGTH + 1):
        for word in words.get(agent[start : start + PREFIX_LENGTH], ()):
            if word in agent:
                return True
    return bool(patterns.search(agent))


@cache
def _filed() -> tuple[dict[str, list[str]], re.Pattern[str]]:
    """The list's plain words by their first letters, and its few real patterns as one.

    To try each of some 1,500 entries on an agent takes 150 µs and more; a word can only stand in it where its
    first letters do.
    """
    words: dict[str, list[str]] = defaultdict(list)
    patterns = []
    for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA:
        word = _plain_word(entry["pattern"])
        if len(word) < PREFIX_LENGTH:
            patterns.append(entry["pattern"])
        else:
            words[word[:PREFIX_LENGTH]].append(word)
    return dict(words), re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def _plain_word(pattern: str) -> str:
    """The text that a pattern without any magic looks for; empty if it has some."""
    tokens = _TOKEN.findall(pattern)
    has_magic = any(token in {*"^$.|?*+()[]{}"} or len(token) > 2 or re.match(r"\\\w", token) for token in tokens)
    return "" if has_magic else "".join(token[-1] for token in tokens)
