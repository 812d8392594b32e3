"""Visits: codes that prove an address, and questions about waiting guests."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability
from bridge.services.tools import Tools
from bridge.services.visits.code_mail import CodeLetters
from bridge.services.visits.unanswered import UnansweredQuestions


def visits(tools: Tools, codes: CodeLetters, *, patience: timedelta) -> Capability:
    """Return its handlers; `patience`: how long the mail server may take to accept a mail."""
    return Capability(
        handlers={Kind.CODE: codes.deliver, Kind.ASKED: UnansweredQuestions(tools).turn},
        limits={Kind.CODE: patience + LONGEST},
    )
