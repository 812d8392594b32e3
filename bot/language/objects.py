"""The object of a verb: the words beside it, and checks that the verb takes them.

We run or offer a command only if we understand all of its words: `retirer le fond` is about nobody,
`annuler le sondage` about no meeting.
"""

import re

from bot.language.contrary import is_contrary
from bot.language.line import Line, WordKind
from bot.language.people import looks_like_people
from bot.language.sentence_words import THINGS
from bot.language.text import NAME, STOPS, fold, word_set
from bot.language.timelike import timelike

IDLE = word_set(
    """a ai all already am an and any are au aujourd'hui aux avons ca ce ces cet cette code
    coming combien comment connect connecte connecter d' dans de deja demande des did do
    does du elle en encore est et faire fonctionne for from get go guests have heure how i
    il in invite invited invitee invitees invites is it j' je join joindre l' la le les
    lien liens link ma marche me meeting meetings mes moi mon my next no nos notre nous
    now of on or organise ou our outside participant participants participe participent
    personnes planned planned plus pour prevu prevue prevues prevus prochain prochaine
    prochaines prochainement present presents prevu qu' qui quoi que quelle rejoindre
    reunion reunions s' sais salle salon scheduled se ses set sommes sont start starts
    suis svp ta te tes that the there these this to today tomorrow trouve tu un une
    upcoming use use utiliser va viendra viennent vient visio visioconference visios vous
    waiting was what when where which who will with work works y you your c' ca commence
    begin begins t' m' marche-t-il est-ce y-a-t-il est-il a-t-on sont-ils ils they attend
    attendent attente dedans inside people many much bot parvis command commands commande
    commandes aide help peux peut puis can could s'il plait please stp merci thanks numero
    telephone phone number call appeler appelle passe-t-il demarre demarrent debut quels
    quel avec quelqu'un sert url adresse address again venir reu reus"""
)
"""Words of questions that Parvis answers with all it can show."""
OF_END = word_set(
    """la le l' les cette ce de des du d' ma notre reunion reunions visio visioconference meeting
    the this that my our it call a au aux pour svp stp please plait s'il maintenant now
    tout suite immediatement immediately demain aujourd'hui tomorrow today en cours
    current prevue planned tomorrow' today' s celle-ci celle celui-ci ici one here la-bas
    tomorrow's today's on we tout all it's stp vite right merci thanks off for everyone
    tous everybody me moi"""
)
THEIRS = word_set("lien link acces access invitation")
SENT = (
    THINGS - THEIRS - {"mail", "mails", "email", "message", "meeting", "reunion", "visio", "call"}
)
"""Things that no invitation sends."""
MAILS = word_set("mail mails email message courriel again encore")
AT_AN_HOUR = re.compile(r"\b(?:a|at|by|dans|in|vers)\s(?:[0-9]|midi|noon|minuit|midnight)")
"""The time of an act, rather than of a meeting."""
ASKING = word_set("quand when time at it take takes part has have been ete did does")
AT_THE_DOOR = word_set(
    """entrer rentrer enter come in her him them lui il elle ils invite invitee invites guest
    guests personne person people qui who attend attendent waiting is est a door porte
    laisser let"""
)
OF_THE_LINK = word_set(
    """a de d' du l' le la au les acces access lien link liens links invite invites invitation
    guest guests to of for from the his her their monsieur madame m mme mr mrs ms et and
    his me nous us out sa son liste list participants attendees"""
)
"""Beside a person, these words only say that it is about their link."""
LONGER = word_set(
    """un une peu plus longtemps bit little longer more time temps du de further a the duree
    duration"""
)
_MEETING_WORDS = frozenset({"reunion", "visio", "meeting", "call", "date", "day", "jour", "heure"})
MEETING = re.compile(r"\b(?:reunion|visio|meeting|call)\b")
ARTICLE = re.compile(r"\s*(?:la|le|les|l'|une?|des|mon|ma|the|an?|my)(?![\w-])")
ANY_MEETING = re.compile(
    r"\b(?:reunion|visio|visioconference|conf|meeting|call|rdv|rendez-vous|appel)\b"
)
"""Words for a meeting, also for another one than ours."""
LINK_WORDS = word_set(
    "rejoint entrer acceder ou where rejoindre join lien link connecter connect url"
)
_TITLED = re.compile(
    r"\s*(?:à\s|of\s|to\s|for\s|de\s|du\s|d['’])?(?:(?:la|le|cette|ce|the|this|our|notre)\s|l['’])?(?P<title>[^\W\d_][\w-]*)(?=\s|\Z)(?:\s[\w'’-]+){0,5}[\s.!?]*\Z"
)
CAPITALS = re.compile(rf"{NAME}(?:\s{NAME})*")
_ELIDED = re.compile(r"[dD]['’](?=\w)")
END_HOURS = re.compile(r"[0-9]{1,2}(?:h[0-9]{0,2}|:[0-9]{2})?")
_PARTICLES = frozenset({"de", "du", "la", "van", "von", "d'", "le", "des", "der", ","})
"""Small words of names."""
MEETING_NAMES = word_set(
    """point reunion comite revue atelier entretien codir copil bilan suivi revue rdv visio conseil
    review sync call meeting budget committee workshop interview board catch-up
    kickoff kick-off standup stand-up retro seminaire colloque webinaire webinar debrief
    rendez-vous"""
)
"""Words for meetings."""
ADDING = frozenset({"ajouter", "add"})
"""Verbs of inviting that take things as well as people."""


def words_of(line: Line) -> set[str]:
    """Return the words of a line, folded, with elided ones separate."""
    words: set[str] = set()
    for word in line.words:
        if word.kind is WordKind.PAUSE:
            continue
        text = fold(word.text).strip(STOPS + '…()"')
        first, apostrophe, last = text.partition("'")
        words |= {text} if text in IDLE or not apostrophe else {first + "'", last}
    return words - {""}


def people_in(rest: Line) -> str:
    """Return the addresses in a line as one types them.

    An address may begin with `d'`; after `l'invitation` it does not.
    """
    found: list[str] = []
    before = ""
    for word in rest.words:
        if looks_like_people([word]):
            text = str(word.user or word.text.strip("<>()[].:!?,;"))
            found.append(_ELIDED.sub("", text) if before in THEIRS else text)
        before = fold(word.text).rpartition("'")[2]
    return ", ".join(found)


def ends_as_noun(said: str, rest: Line) -> bool:
    """Tell whether a wish to end is more likely a title's noun: `Fin de projet`."""
    noun = fold(said).rstrip(" :") in ("fin", "fini", "finish") and not said[:1].islower()
    words = {word for word in words_of(rest) if not END_HOURS.fullmatch(word)}
    return noun and not words <= OF_END


def capitals(rest: Line) -> str:
    """Return a name: words that all begin with a capital."""
    words = [word for word in rest.words if word.kind is WordKind.BARE]
    named = words and all(word.text[:1].isupper() and word.text.isalpha() for word in words)
    return " ".join(word.text for word in words) if named else ""


def about_meeting(rest: Line, *, named: bool = True) -> bool:
    """Tell whether words are about a whole meeting: `la réunion de demain`, `Revue`."""
    words = {word for word in words_of(rest) if not END_HOURS.fullmatch(word)}
    known = words <= OF_END | LONGER or timelike(rest.shadow) is not None
    if not named or (len(rest.words) > 1 and capitals(rest)) or words & {"for", "pour"}:
        return known
    ends = (*rest.words[:1], *rest.words[-1:])
    return known or titled(rest) or any(word.text[:1].isupper() for word in ends)


def titled(rest: Line) -> bool:
    """Tell whether words are more likely a meeting's title than a thing: `l'atelier`, `Revue`."""
    found = _TITLED.match(rest.text)
    things = {fold(word.text) for word in rest.words} & THINGS - MEETING_NAMES
    if found is None or things or looks_like_people(rest.words):
        return False
    return fold(found["title"]) in MEETING_NAMES


def makes_a_thing(rest: Line) -> bool:
    """Tell whether the line makes a thing that is no meeting: a poll, a recording, a room."""
    words = words_of(rest) - _MEETING_WORDS
    article = ARTICLE.match(rest.shadow) is not None and rest.text.strip()[:1].islower()
    return bool(words & THINGS) or (article and timelike(rest.shadow) is None)


def contrary(rest: Line) -> bool:
    """Tell whether the words after a verb take it back, or add another order."""
    return is_contrary(word.text for word in rest.words if word.kind is WordKind.BARE)


def named(rest: Line) -> bool:
    """Tell whether words are a name by their capitals."""
    return all(word.text[0].isupper() or word.text in _PARTICLES for word in rest.words)
