"""Promised work is done, unsent messages are sent, and shown messages stay true."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.calendar_changes import CalendarChanged
from bot.conversation.journal import unpack
from bot.conversation.mailed_events import EventMailed
from bot.matrix.events import Batch
from bridge.domain.message import Notice, ToPerson, ToSalon
from bridge.i18n import Language
from bridge.ids import EventId
from config.settings import Settings
from tests.yesterday.installation import (
    ALICE,
    AT,
    INSTALLATION,
    RECORDED,
    Program,
    card,
    salon,
    started,
)

pytestmark = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)

MINUTE = timedelta(minutes=1)
SENTENCES: list[dict[str, Any]] = json.loads((RECORDED / "messages.json").read_text())
EVENTS: list[dict[str, Any]] = json.loads((RECORDED / "inbox.json").read_text())
PHRASES = {
    "fr": (
        (
            "Plusieurs personnes attendent à la porte. Donnez le nom entier ou le numéro, !visio"
            " admettre Jean Dupont par exemple, ou répondez au message qui annonce la bonne :"
            "\n- Jean Dupont\n- Léa Roux"
        ),
        "J’ai reçu cette commande avec plus de 10 min de retard.",
        "Essayez : !visio inviter jean@partenaire.example jusqu’à demain 15h30",
        "Léa Roux (partenaire\N{WORD JOINER}.example, adresse vérifiée) attend à la porte de « Budget ask ».",
        (
            "Deux, mercredi 2 décembre 2026, 09h00–10h00 (heure de Paris) :"
            " https://visio.example/abc-defg-001"
        ),
        "Invitations à « Budget ». Une erreur ?",
    ),
    "en": (
        (
            "Several people wait at the door. Give the whole name or the number, !visio admit"
            " Jean Dupont for instance, or reply to the message about the right one:"
            "\n- Jean Dupont\n- Léa Roux"
        ),
        "I received this command more than 10 min late.",
        "Try: !visio invite jean@partenaire.example until demain 15h30",
        "Léa Roux (partenaire\N{WORD JOINER}.example, address verified) waits at the door of “Budget ask”.",
        (
            "Deux, Wednesday, 2 December 2026, 09:00–10:00 (Paris time):"
            " https://visio.example/abc-defg-001"
        ),
        "Invitations to “Budget”. A mistake?",
    ),
}
"""How sentences read that have other parameters than they had."""


async def speaks(program: Program, language: Language) -> None:
    """Have every salon choose a language."""
    async with program.core.store() as work:
        for one in INSTALLATION["salons"].values():
            known = await work.salons.get(one["id"])
            fresh = replace(known or program.router._fresh(one["id"]), language=language)
            await work.salons.save(fresh)


async def settle(program: Program) -> None:
    """Let leave all that has to wait a while as well."""
    for _ in range(3):
        await program.flush()
        program.clock.forward(MINUTE)


# --- the outbox ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
async def test_what_had_not_left_leaves(program: Program, language: Language) -> None:
    await speaks(program, language)
    await settle(program)
    assert await program.stuck() == []


async def test_who_could_not_be_told_is_told(program: Program) -> None:
    await settle(program)
    told = program.bodies(salon("Budget"))
    [waits] = [one for one in told if one.startswith("Sara Lopez")]
    assert "attend à la porte de « Point budget »" in waits
    alone = [one.body for one in program.account.sent if program.account.salons[one.salon].direct]
    assert any("Lien d’invitation personnel de Marc Noël" in one for one in alone)
    assert any("PIN d’entrée de Marc Noël" in one for one in alone)


@pytest.mark.parametrize("language", Language)
async def test_every_sentence_of_before_is_worded(program: Program, language: Language) -> None:
    await settle(program)
    await speaks(program, language)
    before = len(program.account.sent)
    async with program.core.store() as work:
        for number, one in enumerate(SENTENCES):
            budget = ToSalon(salon=salon("Budget"))
            await work.outbox.post(
                Notice(
                    idempotency_key=f"older:{number}",
                    to=ToPerson(user=ALICE) if one.get("user") else budget,
                    template=one["template"],
                    parameters=one["facts"],
                )
            )
    await settle(program)
    unsaid = [template for template, _ in await program.stuck()]
    assert unsaid == ["direct.unaddressed"], "this one is true no more"
    said = [one.body for one in program.account.sent[before:]]
    assert len(said) == len(SENTENCES) - len(unsaid)
    for phrase in PHRASES[language]:
        assert any(phrase in one for one in said), phrase


# --- cards --------------------------------------------------------------------------------------


async def test_cards_of_before_are_edited(program: Program) -> None:
    await settle(program)
    program.account.sent.clear()
    await program.says("!visio prolonger 15min", reply_to=card("Point budget"))
    [edit] = program.edits(card("Point budget"))
    assert "22h12–23h57" in edit.body
    await program.says("!visio terminer", reply_to=card("Point budget"))
    assert "État : terminée" in program.edits(card("Point budget"))[-1].body


async def test_an_offer_of_before_is_taken_once(program: Program) -> None:
    offer = EventId(INSTALLATION["links"]["eva@partenaire.example"]["warned"])
    await settle(program)
    [edit] = program.edits(offer)
    assert "prolongée de 30 min par Alice Martin" in edit.body
    await program.reacts(offer, "⏩", salon("Court"))
    assert program.edits(offer) == [edit]


# --- the agenda ---------------------------------------------------------------------------------


async def test_what_was_due_is_done(program: Program) -> None:
    await program.run_due()
    assert [one.to for one in program.post.sent] == ["tard@partenaire.example"]
    assert [email for email, _ in program.visio.asked] == ["alice@beta.gouv.fr"]
    await settle(program)
    assert any(
        one.startswith("Visio meeting: Waits for a room") for one in program.bodies(salon("Review"))
    )


async def test_all_that_was_planned_happens(program: Program) -> None:
    await settle(program)
    await program.run_until(AT + timedelta(days=10))
    await settle(program)
    assert program.failed == []
    assert await program.stuck() == []
    assert "l’heure de fin est passée" in program.edits(card("Point budget"))[-1].body
    async with program.core.store.reading() as work:
        found = await work.meetings.by_card(card("Point budget"))
        assert found is not None
        guests = await work.invitations.of_occurrence(found[1].id)
    assert {one.email for one in guests} == {""}


# --- the inbox ----------------------------------------------------------------------------------


async def test_a_line_that_was_read_is_handled(program: Program) -> None:
    await program.handle()
    await program.run_due()
    await settle(program)
    assert any(
        one.startswith("Réunion Visio : Salon neuf") for one in program.bodies(salon("Neuf"))
    )


async def test_every_event_of_before_is_handled(program: Program) -> None:
    await settle(program)
    known = [unpack(one["kind"], one["payload"]) for one in EVENTS]
    kept = [one for one in known if not isinstance(one, CalendarChanged | EventMailed)]
    assert kept == known
    program.clock.at = AT + MINUTE
    await program.record(Batch(position="later", incoming=kept))
    await program.handle()
    await settle(program)
    assert await program.stuck() == []
    notice = EventId(INSTALLATION["links"]["nadia@partenaire.example"]["notice"])
    [edit] = program.edits(notice)
    assert "Nadia Benali : entrée accordée par Bob Durand" in edit.body


async def test_it_starts_again(settings: Settings) -> None:
    async with started(settings) as program:
        await settle(program)
    async with started(settings) as again:
        await settle(again)
        assert again.account.sent == []
