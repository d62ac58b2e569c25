"""The `forum` command: each of its words is one call into a room."""

# ruff: noqa: PLC0415 - commands import what they need when they run, so that `forum --help` answers at once

import os
from pathlib import Path

import click

from forum.base.settings import describe
from forum.cli_members import COMMANDS
from forum.console import Bars, Forum, house, scratch

SETTINGS = "\b\nSettings (environment):\n" + "\n".join(f"  {name:<23} {words}" for name, words in describe())
FOLDER, FILE = click.Path(file_okay=False, path_type=Path), click.Path(dir_okay=False, path_type=Path)


@click.group(
    cls=Forum, epilog=SETTINGS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="forum")
def main() -> None:
    """A discussion forum: serve it, look after it, take it elsewhere."""


for command in COMMANDS:
    main.add_command(command)


@main.command(epilog=SETTINGS)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--workers",
    default=min(4, os.cpu_count() or 1),
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the forum, with its jobs beside it; an empty database is filled first."""
    from forum.server import serve as server

    server.serve(host, port, workers)


@main.command()
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def worker(parent: int | None) -> None:
    """Run the jobs alone: mail, view counts, what is over."""
    from forum.archive import lock, ready
    from forum.base import logs
    from forum.base.db import deployed
    from forum.jobs.clock import run_clock, stopped_by_signals

    with house() as app:
        logs.prepare(deployed())
        lock.hold(deployed().data)
        stop = stopped_by_signals()
        if ready.wait_for_tables(stop):
            run_clock(app, stop, parent=parent)


@main.command()
def upgrade() -> None:
    """Bring the database to the form that this version needs."""
    from forum.base import migrate
    from forum.base.db import db
    from forum.search.language import is_of_today

    with house():
        before, after = migrate.current(db.engine), migrate.newest()
        migrate.upgrade(db.engine)
        is_cut_anew = before is None or is_of_today()
    click.echo(f"The database is of form {after}." if before in {None, after} else f"From form {before} to {after}.")
    if not is_cut_anew:
        click.echo("Search cuts words by a newer rule: run `forum reindex`; the forum may run meanwhile.")


@main.command()
def seed() -> None:
    """Fill an empty forum from FORUM_SEED."""
    from forum.archive import load, ready

    with house(), Bars() as bars:
        ready.make_tables()
        lines = load.load(ready.seed_folder(), bars)
    click.echo(f"{lines} lines read.")


@main.command("export")
@click.argument("folder", type=FOLDER)
def export_(folder: Path) -> None:
    """Write the whole forum into the new FOLDER: e-mail addresses and password hashes too, so keep it safe."""
    from forum.archive.export import export

    with house(), Bars() as bars:
        lines = export(folder, bars)
    click.echo(f"{lines} lines written to {folder}. They hold e-mail addresses and password hashes.")


@main.command("import")
@click.argument("folder", type=FOLDER)
def import_(folder: Path) -> None:
    """Read the archive in FOLDER into an empty forum: all of it or nothing."""
    from forum.archive import load, ready

    with house(), Bars() as bars:
        ready.make_tables()
        lines = load.load(folder, bars)
    click.echo(f"{lines} lines read.")


@main.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Copy everything as it is now to the new FILE; the forum may run meanwhile."""
    from forum.archive.backup import backup as copy
    from forum.base.settings import from_environment

    copy(from_environment(), file)
    click.echo(f"{file} holds everything ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Also while a server runs: its members see the old content come back.")
def restore(*, file: Path, force: bool) -> None:
    """Prove the backup in FILE, put it in place of the database, and recount."""
    from forum.archive import lock
    from forum.archive.backup import restore as put_back
    from forum.base.settings import from_environment

    settings, is_in_use = from_environment(), False
    try:
        lock.hold(settings.data, alone=True)
    except lock.InUse:
        if not force:
            raise
        is_in_use = True
    aside = put_back(settings, file, is_in_use=is_in_use)
    click.echo(f"{file} is restored." + (f" What was there before lies in {aside}." if aside else ""))
    _recount(repair=False)


@main.command()
@click.option("--repair", is_flag=True, help="Set what differs to what was counted.")
def check(*, repair: bool) -> None:
    """Recount every stored counter from the truth, and look at the search index; ends with 1 if something differs."""
    differs = _recount(repair=repair)
    if _index_is_stale() or differs:
        raise SystemExit(1)


def _recount(*, repair: bool) -> bool:
    """Say what differs, and repair it if asked; whether anything still differs."""
    from forum.archive import check as counters

    with house(), counters.standing_still(to_write=repair):
        different, gaps = 0, list(counters.gaps())
        for difference in counters.check():
            different += 1
            click.echo(str(difference))
        for gap in gaps:
            click.echo(gap)
        if repair and different:
            counters.repair()
    found = f"{different} counters differ, {len(gaps)} threads have gaps"
    click.echo(f"{found}." if different or gaps else "Every counter is exact.")
    if repair and different:
        click.echo("The counters are repaired.")
    return bool(gaps or (different and not repair))


def _index_is_stale() -> bool:
    """Say what is wrong with the search index."""
    from forum.search.staleness import stale
    from forum.site.queries import snapshot

    with house():
        found = list(stale(snapshot().language))
    for each in found:
        click.echo(f"Search index: {each}.")
    if found:
        click.echo("Run `forum reindex`: it builds the index anew while the forum runs.")
    return bool(found)


@main.command()
def reindex() -> None:
    """Build the search index and the similar threads anew, while the forum runs."""
    from forum.search import actions as search
    from forum.similar import actions as similar
    from forum.site.queries import snapshot

    with house(), Bars() as bars:
        search.reindex_online(lambda done, total: bars("search index", done, total), spoken=snapshot().language)
        similar.refresh_all_online(lambda done, total: bars("similar threads", done, total))


@main.command()
@click.option("--threads", default=1000, show_default=True, type=click.IntRange(1), help="How many threads.")
@click.option(
    "--posts", default=20_000, show_default=True, type=click.IntRange(1), help="How many posts, first ones included."
)
@click.option("--members", default=500, show_default=True, type=click.IntRange(2), help="How many members.")
@click.option("--giant", default=0, type=click.IntRange(0), help="Posts of one giant thread (default: none).")
@click.option("--seed", default=1, show_default=True, help="The same number gives the same forum.")
@click.option("--similar/--no-similar", default=False, help="Find similar threads at once, or leave it to the jobs.")
def sample(*, threads: int, posts: int, members: int, giant: int, seed: int, similar: bool) -> None:
    """Add a large realistic crowd and its talk: for loads and trials."""
    from forum.archive import ready
    from forum.archive.sample import Size, fill

    with house(), Bars() as bars:
        ready.make_ready()
        fill(Size(threads, posts, members, giant), seed=seed, with_similar=similar, progress=bars)
    if not similar:
        click.echo(
            "Similar threads are found little by little while `forum serve` runs, or at once by `forum reindex`."
        )


@main.command()
@click.argument("kind", type=click.Choice(["similar", "title", "search"]))
@click.argument("folder", type=FOLDER)
@click.option("--database-url", default="", help="An empty database, left empty (default: a SQLite file).")
@click.option("--meaning/--no-meaning", default=None, help="Ask the language model (default: if it is installed).")
def evaluate(kind: str, folder: Path, database_url: str, *, meaning: bool | None) -> None:
    """Measure similar threads or search by the judged set in FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv)."""
    from forum.archive import evaluate as trial
    from forum.archive.judged import read
    from forum.similar.model import is_installed

    if meaning and not is_installed():
        raise click.UsageError("No language model is installed: pip install 'forum[semantic]'.")
    meant = kind == "similar" and is_installed() and meaning is not False

    judged = read(folder)
    with trial.scratch_folder() as data, scratch(data, database_url), trial.made(), Bars() as bars:
        names, cost = trial.load(judged, bars)
        if meant:
            cost |= trial.learn(names, bars)
        found = trial.figures(trial.ask(kind, judged, names, bars, meant=meant)) | cost | trial.memory()
    for name, figure in found.items():
        click.echo(f"{name}: {figure}")


if __name__ == "__main__":
    main()
