"""`forum evaluate` measures search and similar threads on a judged set, with the same result each time."""

import json
import random
from pathlib import Path

import pytest

from forum.archive.evaluate import Answers, average_precision, metrics
from forum.archive.judged_sets import read
from tests.cli.commands import forum, refusal
from tests.presence.backends import empty_postgres

DOCUMENTS = [
    ("moon", "Russia and China build a lunar station", "A base on the moon, and rockets that go there."),
    ("mars", "A rover lands on Mars", "Pictures of red stones."),
    ("cook", "How to bake bread", "Flour, water, salt and time."),
    ("rice", "Cooking rice", "Water and rice, and no salt."),
]
QUESTIONS = [("q1", "lunar station of China", "moon base"), ("q2", "bread with salt", "flour")]
RIGHT = [("q1", "moon", 1), ("q2", "cook", 2), ("q2", "mars", 0)]


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A folder with a small set."""
    folder = tmp_path / "set"
    folder.mkdir()
    for name, texts in (("corpus", DOCUMENTS), ("queries", QUESTIONS)):
        lines = [json.dumps({"id": each[0], "title": each[1], "body": each[2]}) for each in texts]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "qrels.tsv").write_text("".join(f"{a}\t{b}\t{c}\n" for a, b, c in RIGHT))
    return folder


@pytest.mark.parametrize("kind", ["similar", "title", "search"])
def test_a_set_is_measured_the_same_each_time(judged: Path, tmp_path: Path, kind: str) -> None:
    runs = [forum(tmp_path / "data", "evaluate", kind, str(judged)) for _ in range(2)]
    first, second = (
        [line for line in run.stdout.splitlines() if not {"CPU", "memory"} & {*line.split()}]
        for run in runs
        if run.returncode == 0
    )
    assert first == second
    assert "MAP@100: 100.0" in first
    assert "success@5: 100.0" in first
    assert "empty: 0.0" in first
    assert not (tmp_path / "data").exists()


@pytest.mark.postgres
def test_postgresql_is_left_empty_and_gives_the_same_results(judged: Path, tmp_path: Path) -> None:
    url = empty_postgres()
    for _ in range(2):
        run = forum(tmp_path, "evaluate", "similar", str(judged), "--database-url", url)
        assert run.returncode == 0, run.stderr
        assert "MAP@100: 100.0" in run.stdout


def test_an_invalid_set_is_refused_in_one_line(judged: Path, tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "data", "evaluate", "similar", str(tmp_path / "nowhere"))
    (judged / "qrels.tsv").write_text("q1\tmoon\t1\nq1 moon 1\n")
    assert "qrels.tsv, line 2" in refusal(tmp_path / "data", "evaluate", "search", str(judged))
    (judged / "corpus.jsonl").write_text('{"id": "a"\n')
    assert "corpus.jsonl, line 1" in refusal(tmp_path / "data", "evaluate", "search", str(judged))


def add(file: Path, **fields: object) -> None:
    with file.open("a") as lines:
        lines.write(json.dumps(fields) + "\n")


def test_sets_are_read_as_intended(judged: Path) -> None:
    """A byte-order mark, a header line, decimal grades, TREC's columns, a repeated id, half a surrogate pair."""
    corpus = judged / "corpus.jsonl"
    add(corpus, id="mars", title="The same again", body="")
    add(corpus, id=7, title=None, body="half a letter \ud83d, and \0")
    corpus.write_text("\ufeff" + corpus.read_text())
    (judged / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\tmoon\t1.0\nq1\t0\t7\t2\nq2\tcook\nq2\tmars\t0.0\n"
    )
    found = read(judged)
    assert [each.id for each in found.documents] == ["moon", "mars", "cook", "rice", "7"]
    assert found.documents[1].title == "A rover lands on Mars"
    assert found.documents[4].words == ("", "half a letter \ufffd, and  ")
    assert found.right == {"q1": {"moon", "7"}, "q2": {"cook"}}


def test_a_query_that_search_refuses_has_no_results_and_stops_nothing(judged: Path, tmp_path: Path) -> None:
    for number, title in enumerate(("???", "word " * 200, "board:elsewhere bread", "bread")):
        add(judged / "queries.jsonl", id=f"odd{number}", title=title, body="")
        with (judged / "qrels.tsv").open("a") as lines:
            lines.write(f"odd{number}\tcook\t1\n")
    run = forum(tmp_path / "data", "evaluate", "search", str(judged))
    assert run.returncode == 0, run.stderr
    assert "empty: 50.0" in run.stdout
    assert "MAP@100: 50.0" in run.stdout


@pytest.mark.parametrize("kind", ["similar", "search"])
def test_only_the_source_of_a_query_is_left_out(judged: Path, tmp_path: Path, kind: str) -> None:
    """A document with the same text counts where it is judged relevant, otherwise as the query's own source."""
    for name, right in (("twin", True), ("own", False)):
        add(judged / "corpus.jsonl", id=f"{name} document", title=f"The {name} of a comet", body="")
        add(judged / "queries.jsonl", id=name, title=f"The {name} of a comet", body="")
        with (judged / "qrels.tsv").open("a") as lines:
            lines.write(f"{name}\t{'twin document'}\t1\n" if right else f"{name}\ttwin document\t1\n")
    run = forum(tmp_path / "data", "evaluate", kind, str(judged))
    assert "MAP@100: 100.0" in run.stdout, run.stdout + run.stderr


def test_the_figures_match_the_textbook() -> None:
    # the worked example of average precision: three relevant documents, found at ranks 1 and 3
    assert average_precision(["a", "x", "b"], {"a", "b", "c"}) == pytest.approx((1 / 1 + 2 / 3) / 3)
    lists = [(["x", "a"], {"a"}), ([], {"b"})]
    found = metrics(Answers(lists, [1.0, 3.0]))
    assert found["MAP@100"] == "25.0"
    assert found["MRR@10"] == "25.0"
    assert (found["success@5"], found["empty"], found["recall@10"]) == ("50.0", "50.0", "50.0")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A folder with a small labelled set, and one of ham only."""
    chosen = random.Random(1)
    words = [f"word{number}" for number in range(60)]
    rows = {"mixed": list[dict[str, str]](), "ham": list[dict[str, str]]()}
    for number in range(900):
        is_spam = number % 3 == 0
        offer = ["cheap", "loan", "https://loans.example"] if is_spam else ["chain"]
        text = " ".join([*chosen.sample(words, 6), *offer])
        rows["mixed"].append({"id": str(number), "text": text, "label": "spam" if is_spam else "ham"})
        if not is_spam:
            rows["ham"].append({"id": str(number), "text": f"{text} tyre", "label": "ham"})
    for name, messages in rows.items():
        (tmp_path / "sets" / name).mkdir(parents=True)
        (tmp_path / "sets" / name / "messages.jsonl").write_text("\n".join(map(json.dumps, messages)))
    return tmp_path / "sets"


def test_the_spam_filter_is_measured_the_same_each_time(labelled: Path, tmp_path: Path) -> None:
    runs = [forum(tmp_path / "data", "evaluate", "spam", str(labelled)) for _ in range(2)]
    first, second = ([line for line in run.stdout.splitlines() if "CPU" not in line][:-1] for run in runs)
    assert first == second
    assert "mixed: 900 messages, 300 spam" in first
    assert any(line.startswith("  400 decisions: recall at 0.5 % ham held 1.000") for line in first)
    assert any(line.startswith("  200 decisions:") and "own threshold: recall 0.000" in line for line in first)
    assert any(line.startswith("ham after mixed: ") for line in first)


def test_invalid_labelled_sets_are_refused_in_one_line(labelled: Path, tmp_path: Path) -> None:
    (labelled / "mixed" / "messages.jsonl").write_text('{"text": "a", "label": "maybe"}\n')
    assert "line 1: the label must be spam or ham" in refusal(tmp_path / "data", "evaluate", "spam", str(labelled))
    assert "contains no messages.jsonl" in refusal(tmp_path / "data", "evaluate", "spam", str(tmp_path))
