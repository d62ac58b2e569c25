"""Reads a message's parts: its text whatever the charset and encoding, and whether files are attached."""

import codecs
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import compat32

from forum.inbox.html_text import text_of_html
from forum.inbox.rules import (
    MAX_DASHED_LINES,
    MAX_FIELD_BYTES,
    MAX_HEADER_BYTES,
    MAX_LINES,
    MAX_MULTIPARTS,
    MAX_PARTS,
    MAX_RAW_LINES,
    MAX_TEXT,
)

_CONTENT = re.compile(rb"\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Tt][Yy][Pp][Ee]\s*:")
_CONTENT_FIELD = re.compile(rb"\n[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z-]{1,30}\s*:[^\n]*(?:\n[ \t][^\n]*)*")
_MULTIPART = re.compile(rb"multipart\s*/", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary\s*=\s*[\"']?([^\s\"';]*)", re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
# text encodings of Python that are no charsets, or slow on purpose-made input
_NO_CHARSETS = {
    "punycode",
    "idna",
    "unicode-escape",
    "unicode_escape",
    "raw-unicode-escape",
    "raw_unicode_escape",
    "undefined",
}
_SPACES = re.compile(r"\s+")
_NAME = re.compile(r";\s*(?:file)?name\*?\d{0,2}\*?\s*=", re.IGNORECASE)


class Unreadable(Exception):
    """A message that is too large or too deeply nested to be taken apart."""


def parse(raw: bytes) -> EmailMessage:
    """Parse a message. Raises Unreadable."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # the parser takes each of them for the end of a line
    end = _END_OF_HEADER.search(raw, 0, MAX_HEADER_BYTES)
    if end is None and len(raw) > MAX_HEADER_BYTES:
        raise Unreadable("its header is too long")
    if len(_CONTENT.findall(raw)) > MAX_PARTS or len(_MULTIPART.findall(raw)) > MAX_MULTIPARTS:
        raise Unreadable("it has too many parts")
    boundaries = set(_BOUNDARY.findall(raw))
    has_many = len(boundaries) > MAX_MULTIPARTS or (_MULTIPART.search(raw) and raw.count(b"\n--") > MAX_DASHED_LINES)
    if has_many or any(raw.count(b"\n--" + each) > 2 * MAX_PARTS for each in boundaries):
        raise Unreadable("it has too many boundaries")
    if any(len(field[0]) > MAX_FIELD_BYTES for field in _CONTENT_FIELD.finditer(raw)):
        raise Unreadable("a header of a part is too long")
    if raw.count(b"\n") > MAX_RAW_LINES:
        raise Unreadable("it has too many lines")
    try:
        # the default policy parses headers as it goes, in time that grows with the square of their length
        return message_from_bytes(raw, _class=EmailMessage, policy=compat32)  # type: ignore[arg-type]
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error


def header(message: Message, name: str) -> str:
    """A header's first value, unfolded, without the parser of the standard library, which some values break."""
    return next(headers(message, name), "")


def headers(message: Message, *names: str) -> Iterator[str]:
    """The values of headers, unfolded, in the order of the message."""
    wanted = {name.lower() for name in names}
    for name, value in message.raw_items():
        if name.lower() in wanted:
            yield _SPACES.sub(" ", str(value)).strip()


def text_of(message: EmailMessage) -> str:
    """The message's text: of its first part in plain text, else of its first HTML; never that of what is attached."""
    texts: dict[str, str] = {}
    for part in _leaves(message):
        kind = _kind(part)
        if kind in {"text/plain", "text/html"} and not _is_file(part) and not texts.get(kind):
            texts[kind] = _decoded(part)
    plain = texts.get("text/plain", "")
    return plain if plain.strip() or "text/html" not in texts else text_of_html(texts["text/html"])


def has_files(message: EmailMessage) -> bool:
    """Whether a file is attached; pictures within the text or of a signature do not count."""
    return any(_is_file(part) for part in _leaves(message))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no others; a message that is attached is one of them, whatever it holds."""
    left = [message]
    while left:
        part = left.pop()
        payload = part.get_payload()
        if isinstance(payload, list) and not _is_attached_message(part):
            left += [each for each in reversed(payload) if isinstance(each, Message)]
        else:
            yield part


def _is_attached_message(part: Message) -> bool:
    kind = _kind(part)
    return kind.startswith("message/") or kind == "multipart/digest"


def _is_file(part: Message) -> bool:
    """Whether a part is a file: what is sent as one, an attached message, and a text with a name."""
    disposition = header(part, "Content-Disposition")
    if disposition.lower().startswith("attachment") or _is_attached_message(part):
        return True
    is_named = _NAME.search(disposition[:2_000]) or _NAME.search(header(part, "Content-Type")[:2_000])
    return is_named is not None and _kind(part).startswith("text/")


def _kind(part: Message) -> str:
    value = header(part, "Content-Type").partition(";")[0].strip().lower()
    return value if value.count("/") == 1 else "text/plain"


def _parameter(part: Message, name: str) -> str:
    found = re.search(rf";\s*{name}\s*=\s*\"?([^\s\";]{{1,40}})", header(part, "Content-Type")[:2_000], re.IGNORECASE)
    return found[1].lower() if found else ""


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return ""
    content = payload[: 4 * MAX_TEXT] if isinstance(payload, bytes) else b""
    text = _in_charset(content, _parameter(part, "charset")).replace("\r\n", "\n").replace("\r", "\n")
    if _parameter(part, "format") == "flowed":
        text = unflowed(text, deletes_spaces=_parameter(part, "delsp") == "yes")
    return text[:MAX_TEXT]


def _in_charset(content: bytes, charset: str) -> str:
    """Decode with the charset that is claimed, else as UTF-8, else as Windows does."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup(name) if name else None
            if codec is not None and codec.name not in _NO_CHARSETS:
                return content.decode(codec.name)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def unflowed(text: str, *, deletes_spaces: bool = False) -> str:
    """Join the lines of a text in format=flowed (RFC 3676) to paragraphs."""
    lines: list[list[str]] = []
    depth, flows = 0, False
    for line in text.split("\n")[:MAX_LINES]:
        words = line.lstrip(">")
        quotes = len(line) - len(words)
        words = words.removeprefix(" ")
        is_delimiter = words == "-- "
        if flows and quotes == depth and not is_delimiter:
            lines[-1].append(words)
        else:
            lines.append([">" * quotes + (" " if quotes and words else ""), words])
        depth, flows = quotes, words.endswith(" ") and not is_delimiter
        if flows and deletes_spaces:
            lines[-1][-1] = words[:-1]
    return "\n".join("".join(words) for words in lines)
