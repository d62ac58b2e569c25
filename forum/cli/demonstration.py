"""The command `forum empty-demonstration`."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

from typing import TYPE_CHECKING

import click

from forum.cli.context import Failed, ProgressBars, app_context

if TYPE_CHECKING:
    from forum.admin.demonstration.contents import Preview


@click.command("empty-demonstration")
@click.option("--keep-boards", is_flag=True, help="Keep its boards.")
@click.option("--keep-answered", is_flag=True, help="Keep its threads in which members have written.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def empty_demonstration(*, keep_boards: bool, keep_answered: bool, yes: bool) -> None:
    """Remove the threads, members and boards with which a new forum begins; the forum can keep running."""
    from forum.admin.demonstration import contents, emptying
    from forum.admin.rules import OPERATOR
    from forum.infra import clock
    from forum.infra.database.db import session, transaction

    with app_context(), ProgressBars() as bars:
        if emptying.progress() is None:
            seen_at, preview = clock.now(), contents.preview()
            session.rollback()
            if preview is None:
                raise Failed("This forum has no demonstration.")
            click.echo(_described(preview, keep_boards=keep_boards, keep_answered=keep_answered))
            if not yes:
                click.confirm("Remove all this? It cannot be undone.", abort=True)
            with transaction():
                emptying.start(OPERATOR, seen_at=seen_at, keeps_boards=keep_boards, keeps_answered=keep_answered)
        emptying.finish(lambda done, total: bars("threads", done, total))
    click.echo("The demonstration is removed.")


def _described(preview: "Preview", *, keep_boards: bool, keep_answered: bool) -> str:
    boards = "" if keep_boards or not preview.boards else f"; boards: {', '.join(sorted(preview.boards))}"
    text = f"{preview.threads:,} threads with {preview.posts:,} messages; {preview.members:,} members{boards}."
    if not preview.answers:
        return text
    names = ", ".join(f"{name} ({count:,})" for name, count in preview.writers)
    fate = "Their threads stay" if keep_answered else "They are removed too"
    return (
        f"{text}\nMembers have written {preview.answers:,} messages in {preview.answered_threads:,} of these threads: "
        f"{names}. {fate}."
    )


COMMANDS = (empty_demonstration,)
