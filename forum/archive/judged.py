"""A judged set: documents, questions, and which documents answer which question."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forum.archive.faults import BadFile


@dataclass(frozen=True)
class Text:
    """A document or a question."""

    id: str
    title: str
    body: str


@dataclass(frozen=True)
class JudgedSet:
    """Documents and questions in their order, and by question the ids of the documents that answer it."""

    documents: list[Text]
    questions: list[Text]
    right: dict[str, set[str]]


def read(folder: Path) -> JudgedSet:
    """The set in a folder: corpus.jsonl and queries.jsonl {id, title, body}, qrels.tsv (question, document, grade)."""
    documents, questions = list(_texts(folder / "corpus.jsonl")), list(_texts(folder / "queries.jsonl"))
    right: dict[str, set[str]] = defaultdict(set)
    for number, line in _lines(folder / "qrels.tsv"):
        question, _, rest = line.partition("\t")
        document, _, grade = rest.partition("\t")
        if not document or not grade.strip().lstrip("-").isdigit():
            raise BadFile(f"qrels.tsv, line {number}: question, document and a whole number, tabs between.")
        if int(grade) > 0:
            right[question].add(document)
    judged = [each for each in questions if right.get(each.id)]
    if not documents or not judged:
        raise BadFile(f"{folder} holds no document, or no question that is answered by one.")
    return JudgedSet(documents, judged, dict(right))


def _texts(file: Path) -> Iterator[Text]:
    for number, line in _lines(file):
        try:
            found = json.loads(line)
            yield Text(str(found["id"]), str(found.get("title") or ""), str(found.get("body") or ""))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadFile(f"{file.name}, line {number}: a JSON object with id, title and body.") from error


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line
