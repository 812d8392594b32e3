"""The text of a mail with a code: French first, then English. Its subject names no code."""

from dataclasses import dataclass

from bridge.i18n import Catalogue, catalogues
from bridge.mail.headers import told
from bridge.mail.invite import LONGEST_TITLE, TEMPLATES
from bridge.ports import Letter
from bridge.services.visits.code_mail import CodeFacts


@dataclass(frozen=True, slots=True)
class Half:
    """The message in one language."""

    language: str
    below: str
    before: str
    after: tuple[str, ...]


def code_letter(facts: CodeFacts) -> Letter:
    """Word a code: its guest knows what to do with it, and nobody else needs it."""
    halves = [_half(facts, words) for words in catalogues().values()]
    first = next(iter(catalogues().values()))
    code = f"{facts.code[:3]} {facts.code[3:]}"
    given = {"halves": halves, "code": code, "title": first.text("letter.code.subject")}
    return Letter(
        to=facts.to,
        subject=first.text("letter.code.subject"),
        plain=TEMPLATES.get_template("code.txt").render(given),
        html=TEMPLATES.get_template("code.html").render(given),
        message_id=facts.message_id,
    )


def _half(facts: CodeFacts, words: Catalogue) -> Half:
    title = told(facts.title, LONGEST_TITLE) or words.text("letter.untitled")
    return Half(
        language=words.language.value,
        below=words.text("letter.below"),
        before=words.text("letter.code.before", title=title),
        after=(
            words.text("letter.code.lasts", minutes=facts.minutes),
            words.text("letter.code.secret"),
            words.text("letter.code.unexpected"),
        ),
    )
