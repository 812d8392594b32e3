from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.domain.mail import MailKind
from bridge.domain.window import Window
from bridge.mail.invite import MailSender
from bridge.ports import Letter
from bridge.services.invitations.drafts import InvitationFacts

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
START = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
LINK = "https://invitations.example.org/j/kZ5ahD2mQdQ0pN7c1fXy3g"

SENDER = MailSender(
    address="visio@exemple.gouv.fr",
    name="Visio",
    organisation="Ministère de l’Exemple",
    door="https://invitations.example.org",
)


def letter(**changes: Any) -> Letter:
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


def facts(**changes: object) -> InvitationFacts:
    given = {
        "to": "jean@partenaire.example",
        "guest": "Jean Dupont",
        "title": "Comité de suivi",
        "inviter": "Jeanne Martin",
        "address": "jeanne.martin@exemple.gouv.fr",
        "start": START,
        "end": START + timedelta(hours=1),
        "zone": "Europe/Paris",
        "window": Window(START - timedelta(minutes=10), START + timedelta(minutes=75)),
        "link": LINK,
        "message_id": "<one@example.org>",
        **changes,
    }
    return InvitationFacts(**given)  # type: ignore[arg-type]


def told(kind: MailKind, **changes: object) -> InvitationFacts:
    """The facts of a mail of this kind, about a meeting of two hours and a half."""
    end = START + timedelta(minutes=150)
    window = Window(START - timedelta(minutes=10), end + timedelta(minutes=15))
    link = LINK if kind.leads else ""
    if kind is MailKind.DATES:
        week = timedelta(days=7)
        dates = tuple((START + n * week, end + n * week) for n in range(4))
        changes = {"dates": dates, **changes}
    if kind is MailKind.MOVED:
        earlier = START - timedelta(days=1)
        changes = {"before": (earlier, earlier + timedelta(minutes=150)), **changes}
    return facts(**{"kind": kind, "end": end, "window": window, "link": link, **changes})
