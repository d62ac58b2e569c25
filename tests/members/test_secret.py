"""Secrets that the forum knows for its own without looking them up."""

import pytest

from forum.members.secret import MAX_LENGTH, is_signed, signed_secret

KEY = "a key of the tests, long enough to be taken"


@pytest.mark.parametrize("prefix", ["", "forum_"])
def test_what_was_handed_out_is_known(prefix: str) -> None:
    secret = signed_secret(KEY, prefix)
    assert is_signed(secret, KEY)
    assert secret.startswith(prefix)
    assert len(secret) < MAX_LENGTH
    assert secret != signed_secret(KEY, prefix)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "x" + secret[1:] if secret[0] != "x" else "y" + secret[1:],
        lambda secret: secret[:-1],
        lambda secret: secret + "x",
        lambda secret: secret[:-12],
        lambda secret: "é" + secret,
        lambda secret: secret + "é",
        lambda _: "",
        lambda _: "x" * 10_000,
    ],
)
def test_what_was_made_up_is_not(spoil: object) -> None:
    assert not is_signed(spoil(signed_secret(KEY)), KEY)  # type: ignore[operator]


def test_what_another_forum_handed_out_is_not_ours() -> None:
    assert not is_signed(signed_secret("another key, as long as the first one is"), KEY)
