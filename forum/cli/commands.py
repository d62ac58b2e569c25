"""The `forum` command: each subcommand makes one call into the package that does the work."""

# ruff: noqa: PLC0415 - commands import what they need when they run, so that `forum --help` answers at once

import os
from pathlib import Path

import click

from forum.cli import access, administration, boards, demonstration, groups, health, members, operation, upkeep
from forum.cli.context import ErrorHandlingGroup, ProgressBars, app_context, scratch_app_context
from forum.infra.settings import describe

SETTINGS = "\b\nSettings (environment):\n" + "\n".join(f"  {name:<23} {words}" for name, words in describe())
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    cls=ErrorHandlingGroup,
    epilog=SETTINGS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="forum")
def main() -> None:
    """A discussion forum: serve, maintain, export and import it."""


for module in (members, administration, boards, groups, access, demonstration, upkeep, health, operation):
    for command in module.COMMANDS:
        main.add_command(command)


@main.command(epilog=SETTINGS)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--workers",
    default=min(4, os.cpu_count() or 1),
    show_default=True,
    type=click.IntRange(1, 64),
    help="Number of server processes.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the forum and run its background jobs; an empty database is filled first."""
    from forum.server import serve as server

    server.serve(host, port, workers)


@main.command()
@click.option("--parent", type=int, hidden=True, help="Stop when this process has ended.")
def worker(parent: int | None) -> None:
    """Run only the background jobs (mail, view counts, cleanup), without a web server."""
    from forum.archive import setup
    from forum.backups import lock
    from forum.infra import logs
    from forum.infra.database.db import current_settings
    from forum.jobs.scheduler import run_scheduler, stopped_by_signals
    from forum.server.open_files import require_open_files

    require_open_files()
    with app_context(needs_tables=False) as app:
        logs.configure_logging(current_settings())
        lock.lock_folder(current_settings().data)
        stop = stopped_by_signals()
        if setup.wait_for_tables(stop):
            run_scheduler(app, stop, parent=parent)


@main.command()
def seed() -> None:
    """Fill an empty forum from FORUM_SEED."""
    from forum.archive import load, setup

    with app_context(needs_tables=False), ProgressBars() as bars:
        setup.create_tables()
        lines = load.load(setup.seed_folder(), bars)
    click.echo(f"{lines} lines imported.")


@main.command("export")
@click.argument("folder", type=FOLDER)
def export_(folder: Path) -> None:
    """Export the whole forum to a new FOLDER; keep it safe: it contains e-mail addresses and password hashes."""
    from forum.archive.export import export

    with app_context(), ProgressBars() as bars:
        lines = export(folder, bars)
    click.echo(f"{lines} lines written to {folder}. They contain e-mail addresses and password hashes.")


@main.command("import")
@click.argument("folder", type=FOLDER)
def import_(folder: Path) -> None:
    """Import the archive in FOLDER into an empty forum, completely or not at all."""
    from forum.archive import load, setup

    with app_context(needs_tables=False), ProgressBars() as bars:
        setup.create_tables()
        lines = load.load(folder, bars)
    click.echo(f"{lines} lines imported.")


@main.command()
@click.option("--threads", default=1000, show_default=True, type=click.IntRange(1), help="Number of threads.")
@click.option(
    "--posts", default=20_000, show_default=True, type=click.IntRange(1), help="Number of posts, including first posts."
)
@click.option("--members", default=500, show_default=True, type=click.IntRange(2), help="Number of members.")
@click.option("--giant", default=0, type=click.IntRange(0), help="Number of posts in one giant thread (default: none).")
@click.option("--seed", default=1, show_default=True, help="Random seed: the same number generates the same forum.")
@click.option("--similar/--no-similar", default=False, help="Find similar threads now, or leave it to the jobs.")
def sample(*, threads: int, posts: int, members: int, giant: int, seed: int, similar: bool) -> None:
    """Generate a large, realistic forum for load tests."""
    from forum.archive import setup
    from forum.archive.sample.generate import Size, generate_sample

    with app_context(needs_tables=False), ProgressBars() as bars:
        setup.prepare_database()
        generate_sample(Size(threads, posts, members, giant), seed=seed, with_similar=similar, progress=bars)
    if not similar:
        click.echo("Similar threads are found gradually while `forum serve` runs, or at once by `forum reindex`.")


def _evaluate_spam(folder: Path) -> None:
    from forum.archive import evaluate_spam as trial
    from forum.archive.evaluate import memory

    with ProgressBars() as bars:
        for line in trial.lines(folder, bars):
            click.echo(line)
    for name, figure in memory().items():
        click.echo(f"{name}: {figure}")


@main.command()
@click.argument("kind", type=click.Choice(["similar", "title", "search", "spam"]))
@click.argument("folder", type=FOLDER)
@click.option(
    "--database-url", default="", help="An empty database, emptied again afterwards (default: a temporary SQLite file)."
)
@click.option("--meaning/--no-meaning", default=None, help="Use the language model (default: if it is installed).")
def evaluate(kind: str, folder: Path, database_url: str, *, meaning: bool | None) -> None:
    """Measure similar threads or search with the judged set in FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv).

    Or measure the spam filter with the labelled sets in FOLDER (messages.jsonl), without a database.
    """
    if kind == "spam":
        _evaluate_spam(folder)
        return
    from forum.archive import evaluate as trial
    from forum.archive.judged_sets import read
    from forum.similar.model import is_installed

    if meaning and not is_installed():
        raise click.UsageError("No language model is installed: pip install 'forum[semantic]'.")
    has_model = kind == "similar" and is_installed() and meaning is not False

    judged = read(folder)
    with (
        trial.scratch_folder() as data,
        scratch_app_context(data, database_url),
        trial.scratch_schema(),
        ProgressBars() as bars,
    ):
        names, cost = trial.load(judged, bars)
        if has_model:
            cost |= trial.embed_threads(names, bars)
        figures = trial.metrics(trial.run_questions(kind, judged, names, bars, embed=has_model)) | cost | trial.memory()
    for name, figure in figures.items():
        click.echo(f"{name}: {figure}")
