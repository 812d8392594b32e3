from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.domain.window import Window
from bridge.ports import Letter
from bridge.services.letters import InvitationFacts
from tests.spaces import as_typed

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
START = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
LINK = "https://invitations.example.org/j/kZ5ahD2mQdQ0pN7c1fXy3g"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def letter(**changes: str) -> Letter:
    return Letter(
        **{
            "to": "jean@partenaire.example",
            "subject": "Invitation",
            "plain": "Bonjour,\n\nà bientôt.\n",
            "html": "<p>Bonjour, à bientôt.</p>\n",
            "message_id": "<one@example.org>",
            **changes,
        }
    )


def as_read(letter: Letter) -> Letter:
    """Return a letter with the spaces that tests type."""
    return replace(
        letter,
        subject=as_typed(letter.subject),
        plain=as_typed(letter.plain),
        html=as_typed(letter.html),
    )


def facts(**changes: object) -> InvitationFacts:
    given = {
        "to": "jean@partenaire.example",
        "guest": "Jean Dupont",
        "title": "Comité de suivi",
        "inviter": "Jeanne Martin",
        "start": START,
        "end": START + timedelta(hours=1),
        "zone": "Europe/Paris",
        "window": Window(START - timedelta(minutes=10), START + timedelta(minutes=75)),
        "link": LINK,
        "message_id": "<one@example.org>",
        **changes,
    }
    return InvitationFacts(**given)  # type: ignore[arg-type]
