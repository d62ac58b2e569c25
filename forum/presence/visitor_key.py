"""Who comes to a page, as far as counting them goes."""

from dataclasses import dataclass

from forum.infra.robots import is_robot
from forum.models import Member


@dataclass(frozen=True)
class VisitorKey:
    """A network address, what the program there calls itself, and the member if one is logged in."""

    address: str
    agent: str
    member: Member | None = None

    @property
    def is_robot(self) -> bool:
        """Whether no person is behind it; a member is a person by whatever program."""
        return self.member is None and is_robot(self.agent)
