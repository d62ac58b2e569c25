"""Reasons that moderators choose instead of writing the same again."""

from enum import StrEnum

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ReasonFor(StrEnum):
    """The acts for which reasons are prepared; the columns `for_…` of the same name say which."""

    DELETE = "delete"
    EDIT = "edit"
    REJECT = "reject"
    WARN = "warn"
    HOLD = "hold"
    MUTE = "mute"
    BAN = "ban"
    BLOCK = "block"  # of an address or e-mail domain
    WITHDRAW = "withdraw"  # of a warning
    ANSWER = "answer"  # to a report
    APPEAL = "appeal"  # the answer to one


class PreparedReason(Model):
    """A reason, the rule that it cites, and for which acts it is offered; moderators know it by its title."""

    __tablename__ = "prepared_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)
    text: Mapped[str] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(String(100), default="", server_default="")
    for_delete: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_edit: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_reject: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_warn: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_hold: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_mute: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_ban: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_block: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_withdraw: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_answer: Mapped[bool] = mapped_column(default=False, server_default=false())
    for_appeal: Mapped[bool] = mapped_column(default=False, server_default=false())
    order: Mapped[int] = mapped_column(default=0, server_default="0")
