"""Converts language tags to Babel's locale names."""

from babel import Locale, UnknownLocaleError


def locale_of(name: str) -> str | None:
    """Babel's name for a language tag such as "pt-BR" or "de"; None if Babel does not know it."""
    try:
        return str(Locale.parse(name.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return None
