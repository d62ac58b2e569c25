"""The kinds of rows that admins edit in the same way: reaction kinds, smilies, prepared reasons and so on."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from forum.infra.database.db import session
from forum.infra.text.messages import Message, say
from forum.models import (
    Group,
    MemberTitle,
    MessageReaction,
    PreparedReason,
    Reaction,
    ReactionKind,
    ReasonFor,
    Right,
    Smilie,
    WarningKind,
    WarningThreshold,
)
from forum.site.appearance import faults_of_banner

Row = ReactionKind | MemberTitle | Smilie | Group | PreparedReason | WarningKind | WarningThreshold
Values = Mapping[str, Any]
Faults = dict[str, list[Message]]
_BETWEEN_COLONS = re.compile(r":[^\s:]+:")


@dataclass(frozen=True)
class RowType:
    """A kind of row.

    `columns` can be edited, `fixed` ones only while `is_used` is false, and `optional` ones may be empty; `unique` is
    the column whose values differ between rows, `label` the one that names a row. Who has `right`
    changes the rows.
    """

    name: str
    model: type[Any]
    columns: tuple[str, ...]
    unique: str
    label: str
    fixed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    is_ordered: bool = True
    right: Right = Right.MANAGE_LISTS
    is_used: Callable[[Any], bool] = lambda _: False
    faults_of: Callable[[Values, Any], Faults] = lambda _values, _row: {}


def _has_reactions(kind: ReactionKind) -> bool:
    used = (exists().where(model.kind_id == kind.id) for model in (Reaction, MessageReaction))
    return any(session.scalar(select(each)) for each in used)


def _faults_of_smilie(values: Values, row: Smilie | None) -> Faults:
    code, faults = str(values["code"]), Faults()
    if not (
        code.startswith(":") and code.endswith(":") and len(code) > 2 and ":" not in code[1:-1] and " " not in code
    ):
        faults["code"] = [say("Enter a word between two colons, such as :coffee:.")]
    codes = values["text_codes"].split()
    others = [other for other in session.scalars(select(Smilie)) if other is not row]
    taken = {code for other in others for code in other.text_codes.split()} & set(codes)
    if any(map(_BETWEEN_COLONS.fullmatch, codes)):
        faults["text_codes"] = [say("Enter short codes without a colon at both ends, such as :) or :-).")]
    elif any(map(str.isalnum, codes)):
        faults["text_codes"] = [say("A short code needs a sign: letters and digits alone are ordinary words.")]
    elif taken:
        faults["text_codes"] = [say("Another smilie has the code %(code)s.", code=min(taken))]
    return faults


def _faults_of_group(values: Values, row: Group | None) -> Faults:
    faults: Faults = {"banner_colour": wrong} if (wrong := faults_of_banner(values["banner_colour"])) else {}
    if row is None or not row.is_built_in:
        return faults
    conditions = [name for name in ("min_messages", "min_days", "min_score") if values[name] is not None]
    if values["takes_requests"]:
        conditions.append("takes_requests")
    return faults | {name: [say("The members of this group follow from their roles.")] for name in conditions}


def _faults_of_reason(values: Values, _: PreparedReason | None) -> Faults:
    is_offered = any(values[name] for name in OFFERED)
    return {} if is_offered else {OFFERED[0]: [say("Tick at least one act for which it is offered.")]}


OFFERED = tuple(f"for_{act.value}" for act in ReasonFor)
REACTIONS = RowType(
    "reactions",
    ReactionKind,
    columns=("key", "name", "symbol", "score"),
    unique="key",
    label="name",
    fixed=("key", "score"),
    is_used=_has_reactions,
)
TITLES = RowType(
    "titles", MemberTitle, columns=("title", "min_messages"), unique="min_messages", label="title", is_ordered=False
)
SMILIES = RowType(
    "smilies",
    Smilie,
    columns=("code", "text_codes", "name", "symbol"),
    unique="code",
    label="code",
    optional=("text_codes",),
    faults_of=_faults_of_smilie,
)
GROUPS = RowType(
    "groups",
    Group,
    columns=(
        *("title", "description", "banner_text", "banner_colour"),
        *("takes_requests", "edit_minutes", "min_messages", "min_days", "min_score"),
    ),
    unique="title",
    label="title",
    optional=(
        *("description", "banner_text", "banner_colour"),
        *("takes_requests", "edit_minutes", "min_messages", "min_days", "min_score"),
    ),
    right=Right.MANAGE_GROUPS,
    faults_of=_faults_of_group,
)
REASONS = RowType(
    "reasons",
    PreparedReason,
    columns=("title", "text", "rule", *OFFERED),
    unique="title",
    label="title",
    optional=("rule",),
    faults_of=_faults_of_reason,
)
WARNINGS = RowType(
    "warnings",
    WarningKind,
    columns=("title", "points", "days", "text", "is_active"),
    unique="title",
    label="title",
    optional=("days", "text"),
)
THRESHOLDS = RowType(
    "thresholds",
    WarningThreshold,
    columns=("points", "act", "days"),
    unique="points",
    label="points",
    optional=("days",),
    is_ordered=False,
)
ROW_TYPES: Mapping[str, RowType] = {
    each.name: each for each in (REACTIONS, TITLES, SMILIES, REASONS, WARNINGS, THRESHOLDS)
}
