"""A page's words on the form that was just sent, carried in the query of the redirect back."""

from collections.abc import Collection

from aiohttp import web

from bridge.services.federation.sign_ins import SignInOutcome
from bridge.services.visits.proofs import ProofOutcome

PROOFS = frozenset(
    {
        ProofOutcome.SENT,
        ProofOutcome.LATER,
        ProofOutcome.WRONG,
        ProofOutcome.UNREAD,
        ProofOutcome.SPENT,
    }
)
SIGN_INS = frozenset(SignInOutcome) - {SignInOutcome.SIGNED_IN, SignInOutcome.ELSEWHERE}
DESK = frozenset({"done", "late", "spent", "media"})


def said(request: web.Request, known: Collection[str]) -> str | None:
    """Return the key of these words, if it is one of ours."""
    word = request.query.get("said", "")
    return word if word in known else None
