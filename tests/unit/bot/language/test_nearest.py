"""The line that is offered is the one that was meant, and never its opposite."""

import pytest

from bridge.i18n import Language

from .reading import EN, FR, refused


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        ("chuck Eva out of the meeting please", EN, "remove Eva"),
        ("boot Jean Dupont out", EN, "remove Jean Dupont"),
        ("kick Eva off the call", EN, "remove Eva"),
        ("boot Eva from the meeting", EN, "help"),
        ("keep Jean out", EN, "help"),
        ("turn Jean away", EN, "help"),
        ("cancel Eva", EN, "help"),
        ("vire Eva de la réunion", FR, "retirer Eva"),
        ("fous Eva dehors", FR, "retirer Eva"),
        ("annule Eva", FR, "aide"),
        ("termine Eva", FR, "aide"),
        ("supprime Eva de la réunion", FR, "aide"),
        ("vire la réunion", FR, "terminer"),
        ("annule Revue", FR, "annuler"),
    ],
)
def test_an_order_about_somebody_never_ends_the_meeting(
    typed: str, language: Language, example: str
):
    refusal = refused(f"!visio {typed}", language=language)
    assert refusal.parameters["example"] == f"!visio {example}"


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        ("rab de 20 min stp", FR, "prolonger 20min"),
        ("20 min de rab", FR, "prolonger 20min"),
        ("du rabiot de 10 min", FR, "prolonger 10min"),
        ("petite rallonge de 10 min", FR, "prolonger 10min"),
        ("20 min overtime", EN, "extend 20min"),
        ("send her link one more time", EN, "resend"),
        ("send Eva her link one more time", EN, "resend Eva"),
        ("envoie-lui le lien encore une fois", FR, "renvoyer"),
        ("renvoie son lien à Eva", FR, "renvoyer Eva"),
        ("admti", EN, "admit"),
        ("refsue", FR, "refuse"),
        ("refus Jean", FR, "aide"),
        ("réserve aussi la salle Condorcet", FR, "aide"),
        ("prévois aussi un café", FR, "aide"),
        ("book also the room", EN, "help"),
        ("Mute swan census", EN, '"Mute swan census"'),
        ("Aides à la pierre", FR, '"Aides à la pierre"'),
        ("arrete prefectoral secheresse", FR, '"arrete prefectoral secheresse"'),
        ("Point d'étape fin décembre", FR, '"Point d\'étape fin décembre"'),
        ("point fin décembre", FR, "aide"),
        ("Mute everyone in the room", EN, "help"),
        ("arrête le micro", FR, "aide"),
        ("Annule fin décembre", FR, "liste"),
        ("Aides à la connexion", FR, "aide"),
    ],
)
def test_what_is_nearest_is_offered(typed: str, language: Language, example: str):
    refusal = refused(f"!visio {typed}", language=language)
    assert refusal.parameters["example"] == f"!visio {example}"
