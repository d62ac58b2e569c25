"""What people call the program and machine behind a login, from what the program says of itself."""

# The first that is found counts: most programs also claim to be the ones below them.
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
    """For instance "Firefox · Windows"; what the program calls itself where that says nothing known."""
    found = [_first(agent, table) for table in (PROGRAMS, SYSTEMS)]
    return " · ".join(name for name in found if name) or agent[:60]


def _first(agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in table if sign in agent), "")
