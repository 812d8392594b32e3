"""Folded words of both languages: those that make a line a sentence, and things of a meeting."""

import re

from bot.language.text import phrase_set, word_set

_PERSONS = (
    r"je|j'|tu|(?<!entre\s)(?<!chez\s)nous|vous|ils|elles|moi|toi|me|m'|mon(?!\s[0-9])|ma|mes|t'|on\s(?:a|est|peut|va|ne|n'|doit|veut|y|se|commence|arrive"
    r"|fait|garde|met|prend|le|la|les)|(?:il|elle)(?=\s)|he|she|we|they|it|(?:i|we|you|they|he|she|it|that|there)'(?:m|re|ve|ll|d|s)|my|me|mine|you"
    r"|your|yours|him|her|them|lui|eux|us|myself|someone|somebody|anybody|anyone|quelqu'un|ca|cela|c'(?!\s?est-a)"
    r"|(?<=\s)ton|ta|tes|votre|vos|youre|youve|theyre|dont|cant|wont|im|ive|celui-ci|celle-ci|ceci"
    r"|(?:and|but|that|can|do|may|when|where|how|if|because|think|should|what|am|will|could)\si"
)
_FINITE = (
    r"doit|doivent|devrait|devraient|peut|peuvent|pourrait|pourraient|pourra|faut|faudra|faudrait|veut|veux|veulent"
    r"|voudrais|voudrait|voudrions|aimerais|souhaite|souhaitons|suis|es-tu|sommes|etes|sont|etait|etaient"
    r"|sera|seront|serait|seraient|soit|ont|avons|avez|avait|aura|auront|va|vais|vont|ira|viens|vient|viennent"
    r"|viendra|fonctionne|fonctionnent|marchent|arrive|arrivent|arrivera|attend|attendent|semble|voit|vois"
    r"|entend|entends|entendons|sait|sais|savez|connait|comprend|comprends|dit|dois|peux|puis-je|voulons|pouvons"
    r"|devons|fait|font|bug|bugue|plante|rame|may\s(?:enter|come|join|leave|go|be|not|stay|speak|also|now)|must|should|can|could|would|will|shall|might|cannot|is|are|was|were"
    r"|has|have|had|been|am|isn't|aren't|wasn't|won't|can't|don't|doesn't|didn't|couldn't|shouldn't|mustn't"
    r"|haven't|hasn't|wouldn't|does|did|wants|comes|came|cannot|seems|gonna|gotta|wanna|arrived|left|joined"
)
_DENIED = r"ne|n'|not|never|jamais|no\slonger|any\s?more|no\sneed|(?:plus|pas)\sbesoin|nothing|rien"
_PEOPLE = (
    r"(?<!pour\s)(?<!for\s)(?:tout\sle\smonde|everybody|everyone)|nobody|no\sone"
    r"|personne\s(?!agee|morale|publique)"
)
_CHANGED = (
    r"plutot|finalement|au\slieu|a\sla\splace|en\sfait|tant\spis|tout\scompte\sfait|instead|rather|actually"
    r"|after\sall|anyway|never\smind|de\snouveau|a\snouveau|once\smore|please|stp|svp|s'il"
)
_ELSE = (
    r"a\sla\sporte|at\sthe\sdoor|a\s(?:le\sdroit|ete|commence|demarre|fini|termine|change|refuse|dit|recu|perdu|quitte|supprime|annule|rejoint|oublie)"
    r"|y\sa|est-ce\sque|qu'est-ce|qu'est|besoin\sd[e']"
    r"|plus\stot|plus\stard|later|earlier|sooner"
    r"|(?:reunion|visio|rendez-vous|meeting|call)\s(?:is\s|est\s)?(?:avance|deplace|maintenu|termine|fini|moved"
    r"|delayed|over|off)e?"
    r"|(?<=\S\s)(?:annule|reporte|decale|supprime|cancelled|canceled|postponed|rescheduled)e?(?=\s\Z)"
)
SAID = re.compile(
    rf"\s(?:{_PERSONS}|{_FINITE}|{_DENIED}|{_PEOPLE}|{_CHANGED}|{_ELSE})(?=\s)|(?<=\s)n'"
    r"|(?<=\S)(?<!\bnord)(?<!\bsud)(?<!\bgrand)\sest\s"
    r"|\A\s(?:a|as|est|es|avez|etes)\s(?:bien|mal|pas|vraiment|tres|trop|super|parfaitement|deja)\s"
)
"""Persons, finite verbs, negations, everybody, changes of mind."""

FUNCTION = word_set(
    """a about above across after against ailleurs all along amid among an and apres around as
    assez at aussi autres avant avec beaucoup before behind below beside besides between
    beyond bientot both but by cas certaines certains ces chez comme contre dans de depuis
    des despite dessous dessus deux donc durant during en encore entre entree envers et even
    except first for from half her his hors how in inside into its jadis jusqu' jusque last
    least les less leurs like lors lorsque maintes maints mais malgre meme mes moins more
    most my near next no nos not of off on once one only or ou our out outre outside over
    par parce parmi pendant per peu plein plus plusieurs pour presque puisque quand que
    quelques quels qui sans save second selon ses seul seule seules seuls si since sous sur
    telle telles tels than that the their these third this those three through to toujours
    tous tout toute toutes toward towards travers trois trop twice two under unlike until up
    upon vers versus via vive voici voila vos vs what when where which who whose why with
    within without your""",
)
"""Prepositions, conjunctions and the like: no verb."""
OF = word_set("de du des d' of")
COUNTED = word_set("one two three on to deux trois in by a")
"""`one on one`, `one to one`: a title of small words only."""
ADVERBS = word_set(
    "aussi also donc bien juste just vite ensuite puis then simplement simply maintenant now encore"
)
"""Adverbs between an order and its object."""
ACROSS = word_set(
    """reunion comite point atelier revue suivi bilan projet budget plan the meeting review covid
    news views lessons others others' today tomorrow tonight yesterday demain aujourd'hui
    hier""",
)
"""Nouns before which an English article stands in titles."""
OBJECTS_FR = word_set(
    """le la les l' un une ce cet cette mon ma mes moi nous lui leur tout toutes tous son sa ses
    notre nos votre vos ton ta tes""",
)
"""Words that follow a French verb, and seldom a noun."""
OBJECTS_EN = word_set(
    """the a an my our your his their this that these those it me him her them us everybody
    everyone somebody someone anybody anyone nobody all""",
)
"""Words that follow an English verb, and seldom a noun."""
PARTICLES = word_set("up down out off away back again along apart aside together forward")
PHRASAL = phrase_set(
    """go on | carry on | hold on | turn on | switch on | put on | move on | keep on | come on |
    log on | log in | let in | come in | sign in | get in | bring in | join in | dial in |
    phone in | take over | hand over | start over | roll over | go to | switch to | move to |
    change to | split into | call in | transfer to | pass to | forward to | reply to | pass on
    | look for | look at | wait for | ask for"""
)
COMPOUNDS = phrase_set(
    """kick off | stand up | follow up | catch up | start up | back up | round up | lock down |
    line up | mock up | pop up | brush up | check in | warm up | sum up | build up | clean up
    | open data | open source | open space | open bar | read only | know how | meet up | set
    aside | make it | join venture"""
)
"""Nouns of two words that look like an order."""
LATER = word_set(
    """now please again here there maintenant svp stp later today instead too everyone everybody
    immediately asap yet ici""",
)
THINGS = word_set(
    """acces access arriere-plan attachment attendee attendees audio background backgrounds bot
    call camera cameras captions card carte chat code codes creneau creneaux date day
    description document documents door droits duration duree ecran ecrans email
    enregistrement fichier file fond guest guests hand hands heure horaire horaires host
    hote hour hours invitation invitations invite invites jour language langue length lien
    liens link links lobby mail mails main meeting message messages mic micro microphone
    micros moderateur moderator name nom notification notifications participant participants
    password people pin poll porte rappel recording reminder reminders reunion rights room
    rooms réunion salle salles screen screens slot slots son sondage sound sous-titrage
    sous-titres subtitles tchat time times title titre transcript transcription url visio
    volume webcam""",
)
"""Things of a meeting that people ask for."""
MEETINGS = word_set("reunion visio meeting call")
SHOWN_THINGS = word_set(
    """arriere-plan attendees background blurred bot breakout camera cameras captions chronometre
    connexion creneau creneaux dark ecran enregistrement figee flou floue frozen gele
    guest guests horaire horaires invites lien liens link links mic micro microphone
    micros minuteur moderateur moderator notification notifications password pin recording
    screen slot slots sombre sound sous-groupe sous-groupes sous-titrage sous-titres
    subtitles timer transcript transcription url webcam""",
)
"""Those that begin few titles in small letters."""
HEADS = word_set(
    """about afin after ah allez allo allons alors and apres at aucun aucune avant because before
    bref but by c' car chez chut d' d'accord dehors donc dont elle en erreur error euh for
    from hein here hop hum if il impossible into invitation invitations issue mais merci
    no non none nope nothing oh ok okay on oops oui panne par parce pardon pas please pour
    presque problem probleme puisque qu' quand que qui quoi relance sans shh si so souci
    stop sur that there these this those to too trop until vers voici voila when while
    without yep yes""",
)
"""Words that begin no title in small letters."""
BESIDE = word_set(
    """a an another any autre autres bad beau belle bon bonne broken ce ces cet cette chaque des
    deux different each extra good great l' la le les less leur leurs lost mauvais
    mauvaise mes missing moins more new nice nos nouveau nouveaux nouvel nouvelle
    nouvelles other our plus private prive privee quelques sa ses several some son super
    the three trois two un une wrong"""
)
"""Articles and the like: in small letters, with words after them, they begin fragments."""
STATES = word_set(
    """absent absente afk alright annule annulee annulees asking available away back being besoin
    bloque busy calling canceled cancelled coince coincee coming decale decalee deconnecte
    deconnectee delayed disconnected dispo disponible done envie fine fini finie getting
    going gone hate having joining late leaving looking looks lost moved moyen occupe
    occupee over perdu perdue possible postponed pressed pret prete ready reporte reportee
    rescheduled retard running seems sounds stuck supprime supprimee termine terminee
    trying unable waiting works""",
)
_NEW = (
    r"(?:nouve(?:au|l|lle|aux|lles)|autres?|une?\sautre|new|other|another|different|bon|bonne|right|wrong|mauvais"
    r"|mauvaise|le|la|les|l'|un|une|the|an?|des|mes|my|our|notre|nos|plus\sde|pas\sde|more|no|bad|lost|broken)"
)
WHOLE = re.compile(
    r".*\s(?:oui|non|ok|yes|no)|va-t'en|\S+'?\ss\s(?:link|access|invite)|\S+'s\s(?:link|access|invite|invitation)|go|allons-y|vas-y|on\sy\sva|\S+\s(?:animat(?:eur|rice)|moderat(?:eur|rice)|organisat(?:eur|rice)|presentateur"
    r"|host|co-?host|presenter|moderator|organi[sz]er)|"
    rf"(?:{_NEW}\s)+(?:{'|'.join(sorted(THINGS - MEETINGS))})|(?:plus|pas)\s(?:de|d')\s.*"
    rf"|(?:ok|okay|oui|non|yes|d'\saccord|no)\s.*|.*\sdehors|.*(?<!way)(?<!time)(?<!opt)\sout"
    r"|.*(?<!\bpremiers)(?<!\bpetits)(?<!\bfaux)(?<!\bgrands)(?<!\bau)(?<!\bdeux)\spas"
)
"""Whole lines that are no title, with capitals or not."""
FRENCH_TOO = word_set(
    """archive archives email export host image import list mail note pause post present test tag
    text transport vote import""",
)
"""English verbs that are French nouns."""
AGREED = word_set(
    """after again apres around avancee avant before correction d' decalage decale decalee deplace
    deplacee dispo erreur finalement free impossible maybe mieux no non nope ok okay oui
    oups pardon pas perhaps peut-etre plutot possible probably reporte reportee repousse
    repoussee same sans sauf sorry surtout without yes"""
)
"""In front, also before a time, they answer somebody."""
GOING = word_set("passe change reste avance tourne bascule monte marche reviens")
WHITHER = word_set("en a au aux sur dans vers")
"""Prepositions of direction, which show that a noun in -e is a verb: `passe en anglais`."""
