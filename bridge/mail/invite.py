"""The words of an invitation: one message, French first, then English."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bridge.domain.proof import Proof
from bridge.i18n import Catalogue, catalogues
from bridge.mail.headers import told
from bridge.ports import Letter
from bridge.services.letters import InvitationFacts

TEMPLATES = Environment(
    loader=PackageLoader("bridge.mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Half:
    """The message in one language, sentence by sentence."""

    language: str
    below: str
    hello: str
    invites: str
    lines: tuple[tuple[str, str], ...]
    """Title, time and window with their labels."""
    join: str
    copy: str
    after: tuple[str, ...]


def invitation_letter(
    facts: InvitationFacts, *, organisation: str = "", contact: str | None = None
) -> Letter:
    """Word an invitation. `organisation` runs the door; `contact` answers about personal data."""
    halves = [_half(facts, organisation, contact, words) for words in catalogues().values()]
    title = told(facts.title, LONGEST_TITLE)
    first = next(iter(catalogues().values()))
    key = "letter.subject" if title else "letter.subject-untitled"
    given = {"halves": halves, "link": facts.link, "title": title or halves[0].lines[0][1]}
    return Letter(
        to=facts.to,
        subject=first.text(key, title=title, day=first.date(facts.start, facts.zone)),
        plain=TEMPLATES.get_template("invitation.txt").render(given),
        html=TEMPLATES.get_template("invitation.html").render(given),
        message_id=facts.message_id,
    )


def _half(facts: InvitationFacts, organisation: str, contact: str | None, words: Catalogue) -> Half:
    guest = told(facts.guest)
    known = _host(told(facts.inviter), organisation, words)
    host = known or words.text("letter.host-unknown")
    door = f"{words.text('letter.door')} {words.text(f'letter.way-{facts.way}')}"
    after = [words.text("letter.personal"), door]
    if facts.proof is not Proof.NONE:
        after.append(words.text(f"letter.proof-{facts.proof}"))
    after.append(words.text("letter.ask", host=host) if known else words.text("letter.ask-unknown"))
    after.append(words.text("letter.unexpected"))
    if contact is not None:
        after.append(words.text("letter.data", contact=contact))
    return Half(
        language=words.language.value,
        below=words.text("letter.below"),
        hello=words.text("letter.hello", guest=guest) if guest else words.text("letter.hello-you"),
        invites=words.text("letter.invites", host=host),
        lines=_lines(facts, words),
        join=words.text("letter.join"),
        copy=words.text("letter.copy"),
        after=tuple(after),
    )


def _lines(facts: InvitationFacts, words: Catalogue) -> tuple[tuple[str, str], ...]:
    title = told(facts.title, LONGEST_TITLE) or words.text("letter.untitled")
    return (
        (words.text("letter.title"), title),
        (words.text("letter.when"), words.when(facts.start, facts.end, facts.zone)),
        (words.text("letter.valid"), _window(facts, words)),
    )


def _window(facts: InvitationFacts, words: Catalogue) -> str:
    """Return when the link works, with the days unless both are the meeting's."""
    zone, ends = facts.zone, (facts.window.opens, facts.window.closes)
    opens, closes = (words.time(end, zone) for end in ends)
    first, last = (words.date(end, zone) for end in ends)
    if first == last == words.date(facts.start, zone):
        return words.text("letter.window", opens=opens, closes=closes)
    return words.text("letter.window-days", first=first, opens=opens, last=last, closes=closes)


def _host(name: str, organisation: str, words: Catalogue) -> str:
    """Return who invites; empty when nobody knows."""
    if name and organisation:
        return words.text("letter.host", name=name, organisation=organisation)
    return name or organisation
