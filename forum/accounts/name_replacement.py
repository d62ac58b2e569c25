"""Replace a member's name in what others wrote: mentions, the headers of quotes of their posts, links to the profile.

The name as a plain word stays: it may be anybody's, or an ordinary word.
"""

import re
from collections.abc import Callable, Collection
from html import escape

from markdown_it.token import Token
from sqlalchemy import ColumnElement, and_, or_

from forum.markup.limits import MAX_NAME
from forum.markup.syntax.mentions import names_of
from forum.members.rules import username_key
from forum.models import ConversationMessage, Post

_MENTION = re.compile(rf'@"([^"\n]{{1,{MAX_NAME}}})"|@([^\W_][\w.\-]*)')
_HEADER = re.compile(r"\[((?:\\.|[^\]\\\n])*)\]\(((?:https?://[^/\s)]+)?/posts/(\d{1,18}))\)")
_MESSAGE_HEADER = re.compile(
    r"\[((?:\\.|[^\]\\\n])*)\]\(((?:https?://[^/\s)]+)?/conversations/\d{1,18}/messages/\d{1,18})\)"
)


class NameReplacement:
    """Replaces the names that a member had by the one that remains."""

    def __init__(self, member_id: int, names: Collection[str], remaining: str) -> None:
        self.remaining = remaining
        self._id, self._names = member_id, tuple(names)
        self._keys = {username_key(name) for name in names}
        spelled = "|".join("".join(rf"\\?{re.escape(letter)}" for letter in name) for name in self._names)
        self._name = re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)
        self._path = re.compile(rf"/members/{member_id}-[^\s)\"'<>/?#]*")

    def candidates(self, model: type[Post | ConversationMessage] = Post) -> ColumnElement[bool]:
        """SQL condition: posts that link to the member's profile, or quote somebody by one of the names."""
        quotes = or_(*(model.html.contains(escape(name), autoescape=True) for name in self._names))
        return or_(
            model.html.contains(f'"/members/{self._id}-', autoescape=True),
            and_(model.html.contains("quote-by", autoescape=True), quotes),
        )

    def in_message(self, source: str) -> str:
        """The source of a message with the names replaced, also in the headers of quotes of other messages."""
        text = self.in_source(source, lambda quoted: quoted)
        return _MESSAGE_HEADER.sub(self._header, text)

    def in_source(self, source: str, is_theirs: Callable[[set[int]], Collection[int]]) -> str:
        """A source with the names replaced; `is_theirs` says which of the quoted posts are the member's."""
        text = _MENTION.sub(self._mention, source)
        text = self._path.sub(f"/members/{self._id}-x", text)
        quoted = {int(match[3]) for match in _HEADER.finditer(text)}
        theirs = is_theirs(quoted) if quoted else ()
        return _HEADER.sub(lambda match: self._header(match) if int(match[3]) in theirs else match[0], text)

    def in_words(self, text: str) -> str:
        """A text of the log with the names replaced."""
        return self._name.sub(self.remaining, text)

    def _mention(self, match: re.Match[str]) -> str:
        token = Token("mention", "a", 0, content=match[1] or match[2], markup=match[0])
        for name in names_of(token):
            typed = name.rstrip("_.-")
            if username_key(typed) in self._keys:
                return self.remaining + ("" if match[1] else match[2][len(typed) :])
        return match[0]

    def _header(self, match: re.Match[str]) -> str:
        return f"[{self._name.sub(self.remaining, match[1])}]({match[2]})"
