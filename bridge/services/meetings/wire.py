"""Meetings: their rooms at Visio, their course and their card."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability, HourlyTask
from bridge.services.meetings.attendance import Attendance
from bridge.services.meetings.date_rooms import DateRooms
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.next_cards import NextCards
from bridge.services.meetings.next_rooms import NextRooms
from bridge.services.meetings.over import NOTE_AT, Over
from bridge.services.meetings.visio_rooms import RoomMaking
from bridge.services.tools import Tools


def meetings(tools: Tools, making: RoomMaking, *, patience: timedelta) -> Capability:
    """Return its handlers; `patience`: how long making a room may wait for Visio."""
    known = Meetings(tools)
    rooms = DateRooms(tools, making.visio, making.identities, making.metrics)
    return Capability(
        handlers={
            Kind.CREATE: making.create,
            Kind.HAND: NextRooms(making).make,
            Kind.ROOM: rooms.create,
            Kind.OPEN: known.turn,
            Kind.CLOSE: known.turn,
            Kind.FORGET: known.forget,
            Kind.CARD: Attendance(tools).show,
            Kind.NEXT: NextCards(tools).post,
        },
        limits=dict.fromkeys((Kind.CREATE, Kind.HAND, Kind.ROOM), patience + LONGEST),
        hourly=[HourlyTask("meetings.over", NOTE_AT, Over(tools).note)],
    )
