"""A judged set: documents, questions, and which documents answer which question.

Sets come from many sources: a byte order mark, a header line, grades such as 1.0, TREC's four columns and duplicate
documents are accepted. An invalid line raises BadFile with its number.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forum.infra.errors import BadFile

LONE_SURROGATES = re.compile("[\ud800-\udfff]")  # unpaired surrogates: no database stores them


@dataclass(frozen=True)
class Text:
    """A document or a question."""

    id: str
    title: str
    body: str

    @property
    def words(self) -> tuple[str, str]:
        """Title and body."""
        return self.title, self.body


@dataclass(frozen=True)
class JudgedSet:
    """Documents and questions in file order, and for each question id the ids of its relevant documents."""

    documents: list[Text]
    questions: list[Text]
    right: dict[str, set[str]]


def read(folder: Path) -> JudgedSet:
    """Read a set: corpus.jsonl and queries.jsonl with {id, title, body}, qrels.tsv with question, document, grade.

    Questions without a relevant document are dropped. Raises BadFile.
    """
    documents, questions = _texts(folder / "corpus.jsonl"), _texts(folder / "queries.jsonl")
    right: dict[str, set[str]] = defaultdict(set)
    for question, document, grade in _grades(folder / "qrels.tsv"):
        if grade > 0:
            right[question].add(document)
    judged = [question for question in questions if right.get(question.id)]
    if not documents or not judged:
        raise BadFile(f"{folder} contains no documents, or no query with a relevant document.")
    return JudgedSet(documents, judged, dict(right))


def _texts(file: Path) -> list[Text]:
    """Read the texts; of several with the same id, the first is kept."""
    texts: dict[str, Text] = {}
    for number, line in numbered_lines(file):
        try:
            read = json.loads(line)
            text = Text(str(read["id"]), clean_text(read.get("title")), clean_text(read.get("body")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadFile(f"{file.name}, line {number}: expected a JSON object with id, title and body.") from error
        texts.setdefault(text.id, text)
    return list(texts.values())


def clean_text(value: object) -> str:
    """A text as any database stores it."""
    return LONE_SURROGATES.sub("\ufffd", str(value or "")).replace("\0", " ")


def _grades(file: Path) -> Iterator[tuple[str, str, float]]:
    for number, line in numbered_lines(file):
        columns = [cell.strip() for cell in line.split("\t")]
        try:
            if len(columns) == 4:  # TREC format: question, iteration, document, grade
                columns = [columns[0], *columns[2:]]
            question, document = columns[:2]
            yield question, document, float(columns[2]) if len(columns) > 2 else 1.0
        except ValueError as error:
            if number > 1:  # line 1 may be a header
                raise BadFile(
                    f"{file.name}, line {number}: expected query, document and grade, separated by tabs."
                ) from error


def numbered_lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not empty, with their numbers. Raises BadFile."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line
