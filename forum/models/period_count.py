"""How much happened in a day, week or month."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class PeriodCount(Model):
    """Derived by a job (admin/statistics/counting.py), which counts the period that is not over yet again and again.

    Those of the period "mail" are what became of mail on a day, counted when it happens (mail/counts.py).
    """

    __tablename__ = "period_count"

    period: Mapped[str] = mapped_column(String(5), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int]
