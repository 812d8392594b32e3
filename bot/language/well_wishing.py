"""Congratulations, good wishes and courtesy that hold no order: `joyeux anniversaire Bob`."""

import re

from bot.language.line import Kind, Line, Word

_DAYS = (
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday|week-?end"
)
_GOOD = (
    r"apres-midi|anniversaire|annee|appetit|chance|conges?|continuation|courage|dejeuner"
    r"|fetes?|journee|lecture|matinee|nuit|reception|recuperation|rentree|repos|retablissement|retour|retraite"
    r"|route|semaine|soiree|vacances|vent|voyage|reprise|pause"
)
_TIMES = (
    r"birthday|anniversary|christmas|xmas|new\syear|easter|holidays?|retirement|thanksgiving|diwali"
    r"|hanukkah|eid|ramadan|noel|anniversaire|fetes?|paques|ramadan|hanouka|aid"
)
_GREAT = (
    r"good|great|nice|lovely|wonderful|fantastic|excellent|brilliant|super|beau|bon|joli|magnifique"
)
_ENJOYED = (
    rf"{_DAYS}|holidays?|vacation|day|evening|morning|afternoon|night|week|trip|flight|lunch|dinner|break"
    r"|meal|journey|time|one|retirement|leave|rest|stay"
)
_SAID = re.compile(
    rf"""[\s,.!]*(?:
        (?:un\stres\s|une\stres\s|tres\s)?bon(?:ne)?s?\s(?:{_GOOD}|{_DAYS})
      | (?:tres\s)?(?:joyeu(?:x|se|ses)|heureu(?:x|se|ses)|happy|merry)\s(?:{_TIMES}|{_DAYS})
      | (?:(?:toutes?\s|tous\s)?(?:mes|nos)\s(?:sinceres\s)?|(?:tous\s)?(?:nos
          |mes)\s(?:meilleurs\s)?|meilleurs\s|sinceres\s)
        (?:felicitations|v(?:oe|œ)ux|condoleances|excuses|remerciements|amities|encouragements
          |compliments)
      | (?:felicitations?|felicitation|congratulations?|congrats|congratz|kudos|chapeau(?:\sbas)?
          |bravo)
        (?:\s(?:on|for|pour)\s(?:your|the|this|ta|ton|tes|votre|vos|la|le|les|l')\s?[^\n]{{1,40}})?
      | many\shappy\sreturns | hip(?:\ship)*\s(?:hourra|hooray|hurrah) | h[ou]+rr?ah?
      | hooray | youpi | yay | woo-?hoo | longue\svie\sa
      | passez?\s(?:une?|de|d')\s?(?:tres\s)?(?:bon(?:ne)?s?|belles?|excellente?s?|agreables?)
        \s[a-z'-]{{3,15}}
      | (?:you're|that's|very|trop|bien|c'est(?:\stres)?)\s(?:(?:too|so|very)\s)?
        (?:kind|aimable|gentil)(?:\sof\syou)?
      | (?:my\s|our\s|many\s|warm(?:est)?\s|heartfelt\s|sincere\s|hearty\s)+(?:congratulations
          |congrats|condolences|sympathies|apologies|thanks)
      | (?:bien|tres\sbien|super\sbien|well|nicely|superbly)\s(?:joue|fait|vu|dit|done|played
          |said|deserved|merite)
      | (?:{_GREAT})\s(?:travail|boulot|job|work|going|effort|luck|play|stuff|one)
      | (?:best|good|lots)\sof\sluck | break\sa\sleg | fingers\scrossed | knock\s(?:'em
          |them)\sdead
      | (?:prompt|bon)\sretablissement | get\swell(?:\ssoon)? | feel\sbetter(?:\ssoon)?
          | speedy\srecovery
      | (?:much|very\smuch|most|greatly|really|deeply|so)\s(?:obliged|appreciated|indebted
          |grateful|thankful)
      | (?:i\s|we\s)?(?:really\s|much\s|do\s)?appreciate\s(?:it|that|this)(?:\sa\slot)?
          | obliged | grateful
      | (?:un\s)?(?:grand|tres\sgrand|enorme|immense)\smerci
      | (?:have\s(?:an?|the|your|some)\s|enjoy\s(?:an?\s|your\s|the\s|some\s)?)
        (?:very\s|rest\sof\s(?:your
          |the)\s)?(?:(?:{_GREAT}|safe|pleasant|relaxing|happy|merry|well-deserved|well-earned
          |long)\s)*
        (?:{_ENJOYED}|{_TIMES})(?:\soff)?
      | have\sfun | enjoy(?:\syourselves|\syourself)? | take\scare(?:\sof\s(?:yourself
          |yourselves))? | safe\s(?:travels?|trip|journey|flight|drive|home)
      | stay\ssafe | be\swell | sleep\s(?:well|tight) | sweet\sdreams | all\sthe\sbest
          | best\swishes
      | (?:with\s|my\s)+pleasure | no\s(?:worries|problem|trouble|bother) | not\sat\sall
          | don't\smention\sit | any\s?time
      | (?:avec|tout\sle)\splaisir | (?:tout\sle\s)?plaisir\s(?:est|etait)\spour\s(?:moi|nous)
          | je\s(?:t'|vous\s)en\sprie
      | (?:il\sn'y\sa\s)?pas\sde\s(?:quoi|probleme|souci|soucis) | y\sa\spas\sde\s(?:quoi|souci)
      | a\s(?:la\s(?:votre|tienne)|vos\ssouhaits|tes\ssouhaits|votre\ssante|ta\ssante)
          | sante(?=\s?!) | tchin
      | bisous? | bises? | (?:gros|plein\sde)\sbisous | je\st'embrasse | je\svous\sembrasse
          | xoxo | hugs
      | bless\syou | god\sbless(?:\syou)? | (?:so\slong|farewell|adieu|ciao|cheerio|ta\sta)
      | prends\ssoin\sde\stoi | prenez\ssoin\sde\svous | porte-toi\sbien | portez-vous\sbien
          | repose-toi\sbien
      | reposez-vous\sbien | amuse-toi\sbien | amusez-vous\sbien | soigne-toi\sbien
          | soignez-vous\sbien
      | you\s(?:rock|rule|are\s(?:the\sbest|great|awesome|welcome)) | you're\s(?:the\sbest|great
          |awesome|a\s(?:star|legend))
      | (?:tu\ses|vous\setes)\s(?:le\smeilleur|la\smeilleure|les\smeilleurs|geniale?s?|super
          |au\stop)
      | (?P<small>bienvenue|welcome|congratulation)
    )(?![\w'-])""",
    re.VERBOSE,
)  # fmt: skip
_MORE = re.compile(
    r"(?:[\s,.!:;)&-]|\d{4}(?!\w)"
    r"|(?:a|au|aux|to|for|pour|et|and|from|de\sla\spart\sde|dans|in|on|encore|again|by|chez|aboard|back|here)(?!\w)"
    r"|(?:tous?|toutes?|tout|le|la|les|l'|mes|nos|ses|votre|vos|your|the|my|our|all|whole|entire|its|you|y'all|vous|toi|nous|us)(?![\w-])"
    r"|(?:monde|equipe|collegues?|amis?|teams?|family|everybody|everyone|colleagues?|folks|guys|friends?|bot|parvis|robot"
    r"|chere?s?|dear|gang|both|beaucoup|bien|much|very|so|tres|sincerement|indeed|too|aussi|d'avance|really|vraiment"
    r"|part|side|soon|there|it|that|this|work|nice|presentation|job|promotion|everything)(?![\w-]))+"
)
_NAME = re.compile(r"[\s,.!]*[A-ZÀ-Ý][\w'-]+")
_LONG = 120


def wishes_well(line: Line) -> bool:
    """Tell whether a line congratulates or wishes well, whoever is named in it, and no more.

    What goes on otherwise is a title: `Joyeux Noël des enfants`.
    """
    if len(line.text) > _LONG or any(word.kind is not Kind.BARE for word in _spoken(line)):
        return False
    found = _SAID.match(line.shadow)
    if found is None or (found["small"] and not line.text.strip()[:1].islower()):
        return False
    at = found.end()
    while (more := _MORE.match(line.shadow, at) or _NAME.match(line.text, at)) is not None:
        at = more.end()
    return not _letters(line.shadow[at:])


def _spoken(line: Line) -> list[Word]:
    return [word for word in line.words if word.kind is not Kind.PAUSE]


def _letters(text: str) -> str:
    """Return the letters and figures, without signs and smiles."""
    return "".join(char for char in text if char.isalnum() or char in "?@/")
