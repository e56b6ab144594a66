"""Whose Home tab this process has filled, so that it is filled anew after what they do."""

from bot.recent import SIZE, Recent
from bot.views.place import Place
from storage.model import UserId


class Homes:
    """A bounded table in memory, and which of Slack's two tables this workspace takes.

    It may forget: whoever turns to their Home again gets a fresh one in any case, and so does
    whoever acts where another process answers.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.has_data_table = True
        self._places = Recent[UserId, Place](size)

    def keep(self, user: UserId, place: Place) -> None:
        """Remember where somebody stands; of too many people the oldest goes."""
        self._places.keep(user, place)

    def of(self, user: UserId) -> Place | None:
        """Where they stand, if they have a Home of this process."""
        return self._places.of(user)
