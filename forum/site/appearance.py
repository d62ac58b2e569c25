"""The forum's colours, font and measures: what admins choose, and the style sheet made of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple, cast

from forum.infra.text.messages import Message, say
from forum.site.colours import COLOUR, MIN_TEXT_CONTRAST, STEPS, contrast, mix

MAX_CORNER_RADIUS = 20  # pixels
MIN_PAGE_WIDTH, MAX_PAGE_WIDTH = 900, 2400  # pixels
PIXELS_PER_REM = 16
# fonts that systems have, so that none is loaded; the first is that of app.css
FONTS: Mapping[str, str] = {
    "system": "",
    "humanist": 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",source-sans-pro,sans-serif',
    "geometric": 'Avenir,Montserrat,Corbel,"URW Gothic",source-sans-pro,sans-serif',
    "serif": 'Charter,"Bitstream Charter","Sitka Text",Cambria,serif',
}
LOGO_CSS = ".brand img{display:block;max-width:100%;height:auto}"
BOARD_ICON_CSS = (
    ".board-icon{border-radius:var(--radius)}.page-head>.board-icon{flex:none}.page-head>.board-icon+div{flex:1}"
    ".row-main:has(>.board-icon){position:relative;min-height:40px;align-content:center}"
    ".row-main>.board-icon{position:absolute;inset-inline-start:0;top:calc(50% - 20px)}"
    ".row-main:has(>.board-icon){padding-inline-start:calc(40px + var(--s3))}"
    "@media (min-width:48em){.rows:has(.board-icon) .row-main{padding-inline-start:calc(40px + var(--s3))}}"
)
# of two logos one is shown; the other is not even loaded, as it is lazy
TWO_LOGOS_CSS = (
    "[data-theme=dark] .on-light,html:not([data-theme=dark]) .on-dark{display:none}"
    "@media (prefers-color-scheme:dark){html:not([data-theme=light]) .on-light{display:none}"
    "html:not([data-theme=light]) .brand .on-dark{display:block}}"
)
DARK_TEXT, LIGHT_TEXT = "#14181b", "#ffffff"


class Scheme(NamedTuple):
    """The backgrounds of app.css in a colour scheme, the share of them in tints, and what makes text stand out more."""

    backgrounds: tuple[str, ...]
    tint_share: float
    extreme: str

    def tint(self, accent: str) -> str:
        """The background of what is marked by the accent colour."""
        return mix(accent, self.backgrounds[0], self.tint_share)

    def lowest_contrast(self, accent: str) -> float:
        """The contrast of text in the accent colour on the worst of its backgrounds."""
        return min(contrast(accent, background) for background in (*self.backgrounds, self.tint(accent)))

    def nearest_readable(self, accent: str) -> str:
        """The accent colour, made darker or lighter until it can be read on all of its backgrounds."""
        mixed = (mix(accent, self.extreme, step / STEPS) for step in range(STEPS + 1))
        return next(colour for colour in mixed if self.lowest_contrast(colour) >= MIN_TEXT_CONTRAST)


LIGHT_SCHEME = Scheme(("#fdfdfd", "#ffffff", "#f3f5f6"), 0.89, "#000000")
DARK_SCHEME = Scheme(("#15181c", "#1e2227", "#1d2126"), 0.84, "#ffffff")


@dataclass(frozen=True)
class Appearance:
    """What admins choose; without `accent_dark` the accent colour of the dark scheme follows from the other."""

    accent: str = "#0b6472"
    accent_dark: str = ""
    corner_radius: int = 6
    page_width: int = 1192
    font: str = "system"

    @cached_property
    def css(self) -> str:
        """The style sheet that follows app.css; empty at the defaults."""
        plain, rules = Appearance(), []
        if (self.accent, self.accent_dark) != (plain.accent, plain.accent_dark):
            rules += self._colours()
        if self.corner_radius != plain.corner_radius:
            rules.append(f"--radius:{self.corner_radius}px")
        if self.font != plain.font:
            rules.append(f"--sans:{FONTS[self.font]},var(--emoji)")
        css = f":root{{{';'.join(rules)}}}" if rules else ""
        if self.page_width != plain.page_width:
            css += f".top-row,.page,.foot-row{{max-width:{self.page_width / PIXELS_PER_REM:g}rem}}"
        return css

    def _colours(self) -> list[str]:
        light, dark = self.accent, self.accent_dark or DARK_SCHEME.nearest_readable(self.accent)
        pairs = {
            "accent": (light, dark),
            "accent-tint": (LIGHT_SCHEME.tint(light), DARK_SCHEME.tint(dark)),
            "on-accent": (_text_on(light), _text_on(dark)),
        }
        return [f"--{name}:light-dark({one},{other})" for name, (one, other) in pairs.items()]


@dataclass(frozen=True)
class StyleSheet:
    """The style sheet that follows app.css, if it is not empty; its address changes with its content."""

    css: str = ""

    @cached_property
    def version(self) -> str:
        """A short hash of the content."""
        return hashlib.sha256(self.css.encode()).hexdigest()[:10]

    @cached_property
    def path(self) -> str:
        """The address, or nothing if there is nothing to load."""
        return f"/appearance/{self.version}.css" if self.css else ""


NAMES = tuple(field.name for field in fields(Appearance))


def _text_on(colour: str) -> str:
    return max(LIGHT_TEXT, DARK_TEXT, key=lambda text: contrast(colour, text))


def appearance_of(stored: Mapping[str, object]) -> Appearance:
    """The appearance from stored settings; what is not possible is at its default, so that no other CSS gets out."""
    possible = {name: stored[name] for name in NAMES if name in stored and is_possible(name, stored[name])}
    return Appearance(**cast("dict[str, str | int]", possible))  # type: ignore[arg-type]


def is_possible(name: str, value: object) -> bool:
    """Whether a value has the form of a setting of the appearance."""
    if name == "font":
        return value in FONTS
    if name in {"accent", "accent_dark"}:
        return isinstance(value, str) and bool(COLOUR.fullmatch(value) or (name == "accent_dark" and not value))
    least, most = (MIN_PAGE_WIDTH, MAX_PAGE_WIDTH) if name == "page_width" else (0, MAX_CORNER_RADIUS)
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def faults_of_appearance(values: Mapping[str, object]) -> dict[str, list[Message]]:
    """What is wrong with colours and the font that an admin has chosen, by setting."""
    faults: dict[str, list[Message]] = {}
    for name, scheme in (("accent", LIGHT_SCHEME), ("accent_dark", DARK_SCHEME)):
        value = str(values.get(name, ""))
        if name in values and not is_possible(name, value):
            faults[name] = [say("Enter a colour as # and six digits or letters from a to f, such as #0b6472.")]
        elif value and scheme.lowest_contrast(value) < MIN_TEXT_CONTRAST:
            faults[name] = [_too_faint(value, scheme)]
    if not is_possible("font", values.get("font", "system")):
        faults["font"] = [say("Choose one of: %(fonts)s.", fonts=", ".join(FONTS))]
    return faults


def faults_of_banner(colour: str) -> list[Message]:
    """What is wrong with the colour of a group's banner; without one it has the accent colour."""
    if not colour:
        return []
    if not COLOUR.fullmatch(colour):
        return [say("Enter a colour as # and six digits or letters from a to f, such as #0b6472.")]
    return [_too_faint(colour, LIGHT_SCHEME)] if LIGHT_SCHEME.lowest_contrast(colour) < MIN_TEXT_CONTRAST else []


def _too_faint(colour: str, scheme: Scheme) -> Message:
    return say(
        "Text in this colour has a contrast of %(ratio)s:1 with their background; 4.5:1 is the least that people"
        " can read well. The nearest colour that has it is %(colour)s.",
        ratio=f"{int(scheme.lowest_contrast(colour) * 100) / 100:.2f}",
        colour=scheme.nearest_readable(colour),
    )
