"""Readable device names from User-Agent headers."""

# The first match wins: most browsers also claim to be those listed below them.
PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """A name such as "Firefox · Windows"; the start of the User-Agent if nothing is recognized."""
    names = [_first(agent, table) for table in (PROGRAMS, SYSTEMS)]
    return " · ".join(name for name in names if name) or agent[:60]


def _first(agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in table if sign in agent), "")
