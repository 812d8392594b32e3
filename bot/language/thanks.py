"""Thanks, greetings and good wishes: lines that ask for nothing."""

import re

from bot.language.line import Line, WordKind
from bot.language.text import NAME, any_of, fold, phrase_set, word_set

POLITE = phrase_set(
    """merci | mercii | yo | oups | oops | lol | mdr | haha | merci beaucoup | bonjour | bonsoir
    | salut | hello | hi | hey | coucou | thanks | thank you | thx | cheers | au revoir | bye
    | goodbye | bonne journee | bonne soiree | bon apres-midi | bon week-end | bonne nuit
    | bonne reunion | a demain | a bientot | a plus | a tout a l'heure | a tout de suite | a toute
    | see you | see you tomorrow | good morning | good afternoon | good evening | good night
    | good bye | bien recu | d'accord | bravo | felicitations | desole | desolee | sorry | pardon
    | enchante | je vous remercie | je te remercie | merci d'avance | de rien | you're welcome
    | have a nice day | many thanks | ok merci | super merci | parfait merci | rebonjour
    | good job | well done"""
)
"""Beginnings of thanks and greetings, before anything except a command."""
PLEASED_FIRST = phrase_set(
    """c'est parfait | cool | entendu | excellent | genial | geniale | good | great
    | impeccable | nice | nickel | note | ok | okay | oki | parfait | parfaite | perfect
    | really | so | super | top | tres | trop | understood | very | vu | yep"""
)
"""Beginnings of lines that only express pleasure, if all their words do."""
PLEASED = word_set(
    """a aide all alors and bcp beaucoup bien bot c'est ca cool done encore entendu et everybody
    everyone excellent for genial geniale good got great help impeccable infiniment it le lot
    lots marche monde much nice nickel note ok okay oki ouf parfait parfaite parvis perfect
    pour really roule so super thank thanks there ton top tous tout toutes tres understood va
    very votre vraiment vu yep you your"""
)
"""The words of such lines."""
THANKS = word_set("bravo merci mercis thank thanks thx")
"""Words of thanks anywhere in a short line."""

_FEW = 4
"""The most words of a line that one of these turns into thanks."""
_SMILES = frozenset("👍🙏👋❤️💯👌🙂😀😊😉🤝🥳👏♥🏻🏼🏽🏾🏿")
AGREED_TO = re.compile(r"\s*d'accord\s(?:pour|avec)\s\S")
"""No thanks: it lets a person in."""

_DAYS = word_set(
    """lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday
    saturday sunday weekend week-end"""
)
_FEASTS = phrase_set(
    """birthday | anniversary | christmas | xmas | new year | easter | holiday | holidays
    | retirement | thanksgiving | diwali | hanukkah | eid | ramadan | noel | anniversaire | fete
    | fetes | paques | hanouka | aid"""
)
_GOOD = any_of(
    _DAYS
    | word_set(
        """apres-midi anniversaire annee appetit chance conge conges continuation courage dejeuner
        fete fetes journee lecture matinee nuit reception recuperation rentree repos
        retablissement retour retraite route semaine soiree vacances vent voyage reprise pause"""
    )
)
_ENJOYED = any_of(
    _DAYS
    | _FEASTS
    | word_set(
        """holiday holidays vacation day evening morning afternoon night week trip flight lunch
        dinner break meal journey time one retirement leave rest stay"""
    )
)
_GREAT = word_set(
    """good great nice lovely wonderful fantastic excellent brilliant super beau bon joli
    magnifique"""
)
_FINE = _GREAT | word_set("safe pleasant relaxing happy merry well-deserved well-earned long")
_SENT = any_of(
    word_set(
        """felicitations voeux vœux condoleances excuses remerciements amities encouragements
        compliments"""
    )
)
_PRAISE = "felicitations?|congratulations?|congrats|congratz|kudos|chapeau( bas)?|bravo"
_HEARTY = "congratulations|congrats|condolences|sympathies|apologies|thanks"
_HAVE = "have (an?|the|your|some)|enjoy( (an?|your|the|some))?"
_DONE = "joue|fait|vu|dit|done|played|said|deserved|merite"
_WISHED = phrase_set(
    """many happy returns | hooray | youpi | yay | woohoo | woo-hoo | longue vie a | best of luck
    | good of luck | lots of luck | break a leg | fingers crossed | knock 'em dead
    | knock them dead | prompt retablissement | get well | get well soon | feel better
    | feel better soon | speedy recovery | have fun | enjoy | enjoy yourself | enjoy yourselves
    | take care | take care of yourself | take care of yourselves | safe travel | safe travels
    | safe trip | safe journey | safe flight | safe drive | safe home | stay safe | be well
    | sleep well | sleep tight | sweet dreams | all the best | best wishes | obliged | grateful
    | no worries | no problem | no trouble | no bother | not at all | don't mention it | anytime
    | any time | avec plaisir | tout le plaisir | je t'en prie | je vous en prie | pas de quoi
    | pas de probleme | pas de souci | pas de soucis | il n'y a pas de quoi
    | il n'y a pas de probleme | il n'y a pas de souci | il n'y a pas de soucis | y a pas de quoi
    | y a pas de souci | a la votre | a la tienne | a vos souhaits | a tes souhaits
    | a votre sante | a ta sante | tchin | bisou | bisous | bise | bises | gros bisous
    | plein de bisous | je t'embrasse | je vous embrasse | xoxo | hugs | bless you | god bless
    | god bless you | so long | farewell | adieu | ciao | cheerio | ta ta | prends soin de toi
    | prenez soin de vous | porte-toi bien | portez-vous bien | repose-toi bien
    | reposez-vous bien | amuse-toi bien | amusez-vous bien | soigne-toi bien | soignez-vous bien
    | you rock | you rule | you are the best | you are great | you are awesome | you are welcome
    | you're the best | you're great | you're awesome | you're a star | you're a legend"""
)
_TURNED = (
    f"(un tres |une tres |tres )?bon(ne)?s? ({_GOOD})",
    f"(tres )?(joyeu(x|se|ses)|heureu(x|se|ses)|happy|merry) ({any_of(_FEASTS | _DAYS)})",
    f"(toutes? |tous )?(mes|nos) (sinceres )?({_SENT})",
    f"(tous )?(mes|nos) meilleurs ({_SENT})",
    f"(meilleurs|sinceres) ({_SENT})",
    rf"({_PRAISE}) (on|for|pour) (your|the|this|ta|ton|tes|votre|vos|la|le|les|l') ?[^\n]{{1,40}}",
    f"({_PRAISE})",
    f"(my |our |many |warm(est)? |heartfelt |sincere |hearty )+({_HEARTY})",
    "hip( hip)* (hourra|hooray|hurrah)",
    "h[ou]+rr?ah?",
    "passez? (une?|de|d') ?(tres )?(bon(ne)?s?|belles?|excellente?s?|agreables?) [a-z'-]{3,15}",
    f"({_HAVE}) (very |rest of (your|the) )?(({any_of(_FINE)}) )*({_ENJOYED})( off)?",
    f"(bien|tres bien|super bien|well|nicely|superbly) ({_DONE})",
    f"({any_of(_GREAT)}) (travail|boulot|job|work|going|effort|luck|play|stuff|one)",
    "(you're|that's|very|trop|bien|c'est( tres)?) ((too|so|very) )?(kind|aimable|gentil)( of you)?",
    "((very )?much|most|greatly|really|deeply|so) (obliged|appreciated|indebted|grateful|thankful)",
    "(i |we )?(really |much |do )?appreciate (it|that|this)( a lot)?",
    "(un )?(grand|tres grand|enorme|immense) merci",
    "(with |my )+pleasure",
    "plaisir (est|etait) pour (moi|nous)",
    "(tu es|vous etes) (le meilleur|la meilleure|les meilleurs|geniale?s?|super|au top)",
    "sante(?= ?!)",
)
"""Good wishes with several forms: `(a|b)`, and optional parts before a `?`."""
_SAID = re.compile(
    r"[\s,.!]*(?:"
    + "|".join(_TURNED).replace("(", "(?:").replace("(?:?", "(?").replace(" ", r"\s")
    + f"|{any_of(_WISHED)})(?![\\w'-])"
)
_SMALL = re.compile(r"[\s,.!]*(?:bienvenue|welcome|congratulation)(?![\w'-])")
"""Good wishes only in small letters: they begin titles too."""
_TO = any_of(
    phrase_set(
        """a | au | aux | to | for | pour | et | and | from | de la part de | dans | in | on
        | encore | again | by | chez | aboard | back | here"""
    )
)
_WHOM = any_of(
    word_set(
        """tou tous toute toutes tout le la les l' mes nos ses votre vos your the my our all whole
        entire its you y'all vous toi nous us monde equipe collegue collegues ami amis team teams
        family everybody everyone colleague colleagues folks guys friend friends bot parvis robot
        cher chere cheres chers dear gang both beaucoup bien much very so tres sincerement indeed
        too aussi d'avance really vraiment part side soon there it that this work nice presentation
        job promotion everything"""
    )
)
_MORE = re.compile(rf"(?:[\s,.!:;)&-]|\d{{4}}(?!\w)|(?:{_TO})(?!\w)|(?:{_WHOM})(?![\w-]))+")
_NAMED = re.compile(rf"[\s,.!]*{NAME}")
_LONG = 120


def polite(line: Line) -> bool:
    """Tell whether a line only thanks or greets."""
    text = "".join(char for char in line.text if char not in _SMILES and char != "\ufe0f")
    if not text.strip():
        return bool(line.text.strip()) and any(char in _SMILES for char in line.text)
    if any(word.kind is WordKind.QUOTED for word in line.words) or AGREED_TO.match(line.shadow):
        return False
    phrases = [phrase for phrase, _ in line.beginnings()]
    if not phrases:
        return False
    if any(phrase in POLITE for phrase in phrases):
        return True
    words = {fold(word.text).strip(".,:!?…") for word in line.words}
    if len(line.words) <= _FEW and words & THANKS:
        return True
    return any(one in PLEASED_FIRST for one in phrases) and words - {""} <= PLEASED | {
        *POLITE,
        "merci",
    }


def greeting(line: Line) -> int:
    """Return the end of the greeting that begins a line; 0 without any."""
    for phrase, end in line.beginnings():
        if phrase in POLITE:
            return end
    return 0


def wishes_well(line: Line) -> bool:
    """Tell whether a line only congratulates or wishes well, with or without names.

    A line with other words is a title: `Joyeux Noël des enfants`.
    """
    words = [word for word in line.words if word.kind is not WordKind.PAUSE]
    if len(line.text) > _LONG or any(word.kind is not WordKind.BARE for word in words):
        return False
    found = _SAID.match(line.shadow)
    if found is None and line.text.strip()[:1].islower():
        found = _SMALL.match(line.shadow)
    if found is None:
        return False
    at = found.end()
    while (more := _MORE.match(line.shadow, at) or _NAMED.match(line.text, at)) is not None:
        at = more.end()
    return not any(char.isalnum() or char in "?@/" for char in line.shadow[at:])
