"""Paths of templates, migrations and seeds: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_ASSETS = PACKAGE / "_assets"
ROOT = _ASSETS if _ASSETS.is_dir() else PACKAGE.parent
TEMPLATES = ROOT / "templates"
MIGRATIONS = ROOT / "migrations"
SEED = ROOT / "seed"
STATIC = PACKAGE / "static"
TRANSLATIONS = PACKAGE / "translations"
