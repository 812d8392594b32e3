"""Visits: codes that prove an address, and questions about who waits."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability
from bridge.services.tools import Tools
from bridge.services.visits.code_mail import CodeLetters
from bridge.services.visits.unanswered import UnansweredQuestions


def visits(tools: Tools, codes: CodeLetters, *, patience: timedelta) -> Capability:
    """Return what runs for visits; `patience`: how long a mail may take to be taken."""
    return Capability(
        handlers={Kind.CODE: codes.deliver, Kind.ASKED: UnansweredQuestions(tools).turn},
        limits={Kind.CODE: patience + LONGEST},
    )
