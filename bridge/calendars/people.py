"""The people of an event: addresses, names and answers (ORGANIZER, ATTENDEE)."""

import re
from collections.abc import Collection
from urllib.parse import quote, unquote

from bridge.calendars.content import Component, ContentLine, quoted
from bridge.domain.answer import Answer
from bridge.domain.calendar_event import Attendee
from bridge.domain.names import clean_words

_ADDRESS = re.compile(r"[^\s@<>\",;:\\]+@[^\s@<>\",;:\\]+")
_LONGEST = 254
_LONGEST_NAME = 100
_ANSWERS = {"ACCEPTED": Answer.YES, "TENTATIVE": Answer.MAYBE, "DECLINED": Answer.NO}
_STATES = {answer: state for state, answer in _ANSWERS.items()}
_THINGS = {"ROOM", "RESOURCE"}


def address_of(line: ContentLine) -> str:
    """Return the e-mail address of a line, in lower case; empty if it has none."""
    said = line.value.strip()
    if said[:7].lower() == "mailto:":
        said = unquote(said[7:].partition("?")[0])
    elif not _ADDRESS.fullmatch(said):
        said = line.parameter("EMAIL")
    plain = said.strip().strip("<>").lower()
    return plain if len(plain) <= _LONGEST and _ADDRESS.fullmatch(plain) else ""


def answer_of(line: ContentLine) -> Answer | None:
    """Return the answer that a line says; `None`: none that we know."""
    return _ANSWERS.get(line.parameter("PARTSTAT").upper())


def organizer_of(part: Component) -> str:
    """Return the organizer's address; empty if there is none."""
    line = part.first("ORGANIZER")
    return "" if line is None else address_of(line)


def attendees_of(part: Component) -> tuple[Attendee, ...]:
    """Return the people who are invited, each once: an answer counts more than none."""
    found: dict[str, Attendee] = {}
    organizer = organizer_of(part)
    for line in part.all("ATTENDEE"):
        address = address_of(line)
        if not address or address == organizer or _is_thing(line):
            continue
        answer = answer_of(line)
        known = found.get(address)
        if known is None or (known.answer is None and answer is not None):
            name = clean_words(line.parameter("CN"), _LONGEST_NAME)
            found[address] = Attendee(address=address, name=name, answer=answer)
    return tuple(found[one] for one in sorted(found))


def _is_thing(line: ContentLine) -> bool:
    return line.parameter("CUTYPE").upper() in _THINGS


def write_people(part: Component, organizer: str, attendees: Collection[Attendee]) -> None:
    """Set who is invited, with the answers that are given; all else of those who are stays."""
    if organizer and part.first("ORGANIZER") is None:
        part.put("ORGANIZER", ContentLine(f"ORGANIZER:{_uri(organizer)}"))
    named = {one.address: one for one in attendees}
    present = {one.address for one in attendees_of(part)}
    lines = []
    for line in part.all("ATTENDEE"):
        address = address_of(line)
        if address not in present or _is_thing(line):
            lines.append(line)
        elif address in named:
            lines.append(_answered(line, named[address].answer))
    lines += [_invited(one) for one in attendees if one.address not in present]
    if lines != part.all("ATTENDEE"):
        part.put("ATTENDEE", *lines)


def _answered(line: ContentLine, answer: Answer | None) -> ContentLine:
    if answer is None or answer_of(line) is answer:
        return line
    return line.with_parameter("PARTSTAT", _STATES[answer])


def _invited(one: Attendee) -> ContentLine:
    name = f";CN={quoted(one.name)}" if one.name else ""
    state = "NEEDS-ACTION" if one.answer is None else _STATES[one.answer]
    asked = ";RSVP=TRUE" if one.answer is None else ""
    return ContentLine(
        f"ATTENDEE{name};ROLE=REQ-PARTICIPANT;PARTSTAT={state}{asked}:{_uri(one.address)}"
    )


def _uri(address: str) -> str:
    return f"mailto:{quote(address, safe='@!$&*+-/=_`{|}~.')}"
