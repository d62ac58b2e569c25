"""The names of languages, as people write them and as Babel takes them."""

from babel import Locale, UnknownLocaleError


def locale_of(name: str) -> str | None:
    """Babel's name of a language such as "pt-BR" or "de"; None if it knows no such language."""
    try:
        return str(Locale.parse(name.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return None
