"""Maintenance commands of `forum`: schema, backups, recounts, search index."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

from pathlib import Path

import click

from forum.cli.context import ProgressBars, app_context

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
def upgrade() -> None:
    """Upgrade the database to the schema of this version."""
    from forum.infra.database import migrate
    from forum.infra.database.db import db
    from forum.search.index.index_language import is_current_version

    with app_context(needs_tables=False):
        before, after = migrate.require_known(db.engine), migrate.newest_revision()
        migrate.upgrade(db.engine)
        is_index_current = before is None or is_current_version()
    click.echo(
        f"The database has schema {after}."
        if before in {None, after}
        else f"Upgraded the schema from {before} to {after}."
    )
    if not is_index_current:
        click.echo("This version splits text into words differently: run `forum reindex`; the forum can keep running.")


@click.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Back up the forum to a new FILE; the forum can keep running."""
    from forum.backups.backup import backup as copy
    from forum.infra.settings import from_environment

    copy(from_environment(), file)
    click.echo(f"Backed up to {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Restore even while a server is running.")
def restore(*, file: Path, force: bool) -> None:
    """Verify the backup in FILE, replace the database with it, and recount."""
    from forum.backups import lock
    from forum.backups.backup import restore as put_back
    from forum.infra.settings import from_environment

    settings, is_in_use = from_environment(), False
    try:
        lock.lock_folder(settings.data, alone=True)
    except lock.FolderInUse:
        if not force:
            raise
        is_in_use = True
    aside = put_back(settings, file, is_in_use=is_in_use)
    click.echo(f"Restored {file}." + (f" The previous database is in {aside}." if aside else ""))
    if _has_newest_schema():
        _forget_pending_backup()
        _recount(repair=False)
    else:
        click.echo("It was made by an older version: now run `forum upgrade`.")


def _forget_pending_backup() -> None:
    from forum.backups import runs
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        runs.forget_pending()


def _has_newest_schema() -> bool:
    from forum.infra.database import migrate
    from forum.infra.database.db import db

    with app_context(needs_tables=False):
        return migrate.current_revision(db.engine) == migrate.newest_revision()


@click.command()
@click.option("--repair", is_flag=True, help="Correct the counters that differ.")
def check(*, repair: bool) -> None:
    """Recount every stored counter and check the search index; exits with 1 if something differs."""
    differs = _recount(repair=repair)
    if _index_is_stale() or differs:
        raise SystemExit(1)


def _recount(*, repair: bool) -> bool:
    """Print the counters that differ, and repair them if asked; returns whether anything still differs."""
    from forum.archive import check as counters

    with app_context(), counters.consistent_snapshot(to_write=repair):
        different, gaps = 0, list(counters.position_gaps())
        for difference in counters.check():
            different += 1
            click.echo(str(difference))
        for gap in gaps:
            click.echo(gap)
        if repair and different:
            counters.repair()
    result = f"{different} counters differ, {len(gaps)} threads have gaps"
    click.echo(f"{result}." if different or gaps else "All counters are correct.")
    if repair and different:
        click.echo("Counters repaired.")
    return bool(gaps or (different and not repair))


def _index_is_stale() -> bool:
    """Print what is wrong with the search index; returns whether anything is."""
    from forum.search.index.index_check import index_problems
    from forum.site.queries import snapshot

    with app_context():
        problems = list(index_problems(snapshot().language))
    for problem in problems:
        click.echo(f"Search index: {problem}.")
    if problems:
        click.echo("Run `forum reindex` to rebuild it; the forum can keep running.")
    return bool(problems)


@click.command()
def reindex() -> None:
    """Rebuild the search index and the similar threads; the forum can keep running."""
    from forum.search.index import actions as search
    from forum.similar import actions as similar
    from forum.site.queries import snapshot

    with app_context(), ProgressBars() as bars:
        search.reindex_online(lambda done, total: bars("search index", done, total), new_language=snapshot().language)
        similar.refresh_all_online(lambda done, total: bars("similar threads", done, total))


COMMANDS = (upgrade, backup, restore, check, reindex)
