"""Refusals about meetings."""

from bridge.errors.base import Refused


class NoMeeting(Refused):
    """Start a meeting first, or ask in the salon where it is."""


class MeetingAmbiguous(Refused):
    """Reply to the card of the meeting that you mean: `facts["rows"]` are the meetings.

    `facts["reason"]`: it was asked by direct message, where there is no card.
    """


class MeetingEchoed(Refused):
    """Use the meeting that `facts["organiser"]` has just asked for, or give another title.

    `facts["reason"]`: both are to begin now.
    """
