"""Refusals about meetings."""

from bridge.errors.base import Refused


class NoMeeting(Refused):
    """Start a meeting first, or ask in the salon where it is."""


class MeetingOver(Refused):
    """Ask for another meeting: `parameters["title"]` is over."""


class NothingToRestore(Refused):
    """Take a change back within ten minutes, where it was made."""


class MeetingAmbiguous(Refused):
    """Reply to the card of the meeting that you mean: `parameters["rows"]` are the meetings.

    `parameters["reason"]`: it was asked by direct message, where there is no card.
    """


class MeetingEchoed(Refused):
    """Use the meeting that `parameters["organiser"]` has just asked for, or give another title.

    `parameters["reason"]`: both are to begin now.
    """


class RecurrenceRefused(Refused):
    """Say more simply when the meeting comes again, and give it an end.

    `parameters["why"]` names the limit that the rule is beyond, for the log.
    """


class SeriesUnmoved(Refused):
    """End the series before this date, and ask for another one with a rule of its own."""


class MeetingBegun(Refused):
    """Extend or end what has begun; only a meeting to come can be moved."""


class HandoverRefused(Refused):
    """Name another agent who is in the meeting's salon; `parameters["reason"]` says why not."""
