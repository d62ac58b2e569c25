"""The rows that an operator tunes, with values for the tests."""

from forum.infra.database.db import session
from forum.models import MemberTitle, ReactionKind, SiteSetting, Smilie


def insert_site_rows() -> None:
    """Insert reaction kinds, titles, smilies and site settings."""
    kinds = [
        ("like", "Like", "👍", 1),
        ("love", "Love", "❤️", 1),
        ("sad", "Sad", "😢", 0),
        ("dislike", "Dislike", "👎", -1),
    ]
    session.add_all(ReactionKind(key=k, name=n, symbol=s, score=v, order=i) for i, (k, n, s, v) in enumerate(kinds))
    session.add_all([MemberTitle(title="MEMBER", min_messages=1), MemberTitle(title="SENIOR", min_messages=1000)])
    session.add(Smilie(code=":coffee:", name="Coffee", symbol="☕"))
    session.add_all([SiteSetting(name="name", value="The Test Forum"), SiteSetting(name="version", value=1)])
