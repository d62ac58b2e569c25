"""A push service, and a forum with a thread."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.factories import a_member, a_thread
from tests.outside.push_stub import PushStub, push_stub

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushStub]:
    with push_stub(tmp_path, monkeypatch) as service:
        yield service


@pytest.fixture
def scene(writing: Writing) -> dict[str, int]:
    """A thread by anna, and ben."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        thread = a_thread(by=anna, title="Where the moon is")
        return {"anna": anna.id, "ben": ben.id, "thread": thread.id}
