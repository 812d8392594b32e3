"""Words that ask for something, thank, or name a command: folded, in both languages.

`bot.language.wishes` finds them at the beginning of a line.
"""

from collections.abc import Mapping
from enum import Enum

from bot.language.text import phrase_set, word_set
from bot.language.vocabulary import BY_NAME


class Ask(Enum):
    """The subject of a wish: the verb that answers it, or an act that Parvis does not offer yet."""

    GUESTS = "guests"
    LIST = "list"
    LINK = "link"
    HELP = "help"
    END = "end"
    REMOVE = "revoke"
    RESEND = "resend"
    INVITE = "invite"
    EXTEND = "extend"
    ADMIT = "admit"
    TURN_AWAY = "refuse"
    MEET = "meet"
    LANGUAGE = "language"
    MOVE = "move"
    """Another time, another title: not offered yet."""
    VISIO = "visio"
    """Done in Visio itself."""
    OTHER = "other"
    """Any other act, which Parvis does not do."""
    TALK = "talk"
    """Words to people, not to a machine."""


STRONG: Mapping[Ask, frozenset[str]] = {
    Ask.GUESTS: phrase_set(
        """qui | c'est qui | liste participants | liste invites | list attendees
        | list participants | list invitees | any guests | any participants | quels invites
        | quelles personnes | who | who's | combien | how many | nombre de participants
        | les participants | les invites | the guests | the participants | the attendees
        | attendees | liste des invites | liste des participants | guest list | liste d'invites
        | list of guests | the guest list | the list of guests | list guests
        | list the guests | personnes invitees"""
    ),
    Ask.LIST: phrase_set(
        """quand | c'est quand | a quelle heure | quelle heure | quel jour | quelles reunions
        | quelles sont | quelle reunion | prochaines reunions | prochaine reunion | mes reunions
        | prochaine visio | prochaines visios | mes visios | liste reunions | quand est
        | les reunions | when | when's | what time | which meetings | what meetings | my meetings
        | what's on | what is on
        | upcoming | my next meeting | upcoming meetings | next meeting | the meetings
        | liste des reunions | list of meetings | the list of meetings | list meetings
        | list the meetings
        | list all meetings | reunions a venir"""
    ),
    Ask.LINK: phrase_set(
        """ou est | ou c'est | ou se trouve | where | where's | rejoindre | rejoins | joindre
        | se connecter | log in | join | quel lien | quel est le lien | which link
        | what is the link | what's the link | le lien | the link | link please"""
    ),
    Ask.HELP: phrase_set(
        """comment | pourquoi | quoi | qu'est-ce | qu'est | que | qu' | quel | quelle | quels
        | quelles | how | why | what | what's | which | aidez-moi | aide-moi | aidez moi
        | aide moi | aides | commandes | commands | -h | --help | -help | mode d'emploi | est-ce
        | help me | may i | may we | might i | might we
        | can you | can we | can i | could you | could we | could i | do you | do we
        | do i | does it | is it | is there | is the | are you | are we | are there | is | will
        | /help | besoin d'aide | a l'aide | au secours | need help | i need help | quoi faire
        | que faire | salle d'attente | waiting room"""
    ),
    Ask.END: phrase_set(
        """supprimer | supprime | supprimez | effacer | efface | effacez | annuler | annule
        | annulez | arreter | arrete | arretez | finir | finis | finissez | fini | clore
        | cloturer | cloturez | fermer | fermez | stopper | stoppe | stoppez | interrompre
        | mettre fin | mets fin | mettez fin | fin | delete | cancel | finish | terminate | abort
        | detruire | abandonner | wrap up | raccrocher | hang up | couper la reunion | stop the
        | end the | end it | call it off | call off | reunion annulee | reunion terminee
        | reunion finie | la reunion est annulee | la reunion est terminee | la reunion est finie
        | meeting cancelled | meeting canceled | meeting over | the meeting is over
        | the meeting is cancelled | scrap | drop the meeting | kill the meeting | tue la reunion"""
    ),
    Ask.REMOVE: phrase_set(
        """couper l'acces | coupe l'acces | cut off | enlever | enleve | enlevez | sortir | sors
        | sortez | degager | degage | dehors | bloquer | bloque | bloquez | get rid of | take out
        | withdraw | desinscrire | desinscris | desinscrivez | radier | radie | rayer | raye | oter
        | ote | otez | take off | cross off | strike off | leave out"""
    ),
    Ask.LANGUAGE: phrase_set(
        """en anglais | in french | in english | parle anglais | parle francais | parlez francais
        | parlez anglais | speak english | speak french | switch to english | switch to french"""
    ),
    Ask.RESEND: phrase_set(
        """renvoyer | renvoie | renvoyez | renvoi du lien | relancer | relancez | reenvoyer
        | reenvoie | reinviter | resend | send again | re-send | reinvite"""
    ),
    Ask.INVITE: phrase_set(
        """avec | convier | convie | conviez | envoyer | envoie | envoyez | envoie-lui | partager
        | partagez | faire venir | rajouter | rajoute | rajoutez | ajoute | ajoutez | with | send
        | bring in"""
    ),
    Ask.EXTEND: phrase_set(
        """rallonger | rallonge | rallongez | allonger | allonge | allongez | etendre | etends
        | etendez | plus de temps | encore | more time | lengthen | prolong | continuer | continue
        | continuez | prolonge-la | prolongez-la | prolonger-la | du rab | un rab | un peu de rab
        | du rabiot
        | un rabiot | besoin de rab"""
    ),
    Ask.ADMIT: phrase_set(
        """accepter | accepte | acceptez | admet | autoriser | autorise | autorisez | laisse entrer
        | laissez entrer | fais entrer | faites entrer | faire rentrer | open the door
        | ouvrir la porte | ouvre la porte | let him in | let her in | let them in"""
    ),
    Ask.TURN_AWAY: phrase_set("rejeter | rejette | rejetez | reject | decline | don't let in"),
    Ask.MEET: phrase_set(
        """creer | cree | creez | creation d'une reunion | organiser | organise | organisez
        | planifier | planifie | planifiez | programmer | programme une | programmez | reserver
        | reservez | prevoir | prevois | prevoyez | lancer | lance | lancez | demarrer | demarre
        | demarrez | commencer | commence | commencez | faire une | fais une | faites une
        | nouvelle reunion | nouvelle visio | une reunion | une visio | une visioconference
        | create | make a | make an | schedule a | set up | arrange | organize | new meeting
        | let's meet | can we meet | lets meet | a meeting | start a | start the | book a | plan a
        | ouvrir une | mettre en place une"""
    ),
    Ask.MOVE: phrase_set(
        """reportez | repousser | repousse | repoussez | avancer | avancez | modifier | modifie
        | modifiez | changer | changez | corriger | corrigez | remplacer | remplace | remplacez
        | editer | edite | edit | modify | replace | mettre a jour | raccourcir | raccourcis
        | shorten | retarder | retarde | retardez | finalement | devancer | bring forward
        | put off | push back"""
    ),
    Ask.VISIO: phrase_set(
        """start recording | stop recording | start the recording | stop the recording
        | enregistrer | enregistre | enregistrez | transcrire | transcris | transcribe
        | couper le micro | coupe le micro | couper le son | mute | unmute | partage d'ecran
        | couper les micros | couper le | lever la main | activer | activez | desactiver
        | verrouiller | verrouille | unlock | telephoner | appeler | numero de telephone
        | phone number | dial in | dial-in | par telephone | by phone | turn on | turn off"""
    ),
    Ask.OTHER: phrase_set(
        """recurrence | repeter | repete | repetez | co-organisateur
        | coorganisateur | co-organisatrice | organisateur | organisatrice | co-host | cohost
        | moderateur | rappeler | rappelle | rappelle-moi | rappelez | rappelez-moi | notifier
        | previens | prevenez | prevenir | previens-moi | avertir | avertis | notifie | remind
        | mot de passe | code d'acces | access code | mes-donnees | my-data | oublier | forget
        | compte lier | compte delier | quitter | quitte | quittez
        | partir | quit | logout | deconnexion | configurer | installer | traduire | translate
        | recommencer | revenir | delegue | co-organiser | coorganiser
        | co-organizer | designer | nommer | delegate | appoint
        | lier | delier | synchroniser | notify"""
    ),
    Ask.TALK: phrase_set(
        """let's | lets | be right back | brb | something is | ne | je | j'ai | y a-t-il | j' | moi
        | tu | vous | t' | il | ils | elle | elles | on | nous | c'est | c' | ca | cela | y a | i
        | i'm | i'll | i've | i'd | he | she | they | we | it's | it is | it does | it doesn't
        | it won't | it has | it was | u | you | that's | there is | there's | this is | n'oublie
        | n'oubliez | n' | voila | dis | dites | attends | attendez | regarde | regardez | sais-tu
        | savez-vous | tell | do not | don't | redonne | redonnez | donne | donnez | montre
        | montrez | affichez | give | show me | let me | veuillez | nope"""
    ),
}
"""Words that are wishes before any other words."""
SOFT: Mapping[Ask, frozenset[str]] = {
    Ask.GUESTS: phrase_set("participant | presents | invite | guest | presence"),
    Ask.LIST: phrase_set("planning | reunions | meetings | calendrier | horaires"),
    Ask.LINK: phrase_set("adresse | address | ou | salle | room | connexion | url | login"),
    Ask.HELP: phrase_set(
        """menu | version
        | bug | sos | info | infos | tutoriel | documentation | doc | guide | manual"""
    ),
    Ask.END: phrase_set(
        """cancellation | deletion | suppression | annulation | cloture | ferme | coupe | finished
        | over | cancelled | close"""
    ),
    Ask.REMOVE: phrase_set("retrait | removal | sortie | exclusion | block | drop"),
    Ask.RESEND: phrase_set("relance | renvoi | mail"),
    Ask.INVITE: phrase_set("invitation | invitations | partage | share | bring"),
    Ask.EXTEND: phrase_set(
        """rab | rabe | rabiot | extension | extended | continuation | prolongation
        | prolongement"""
    ),
    Ask.MEET: phrase_set(
        """schedule | start | plan | book | begin | demarrage | ouvrir | ouvre | faire | fais
        | reserve"""
    ),
    Ask.MOVE: phrase_set(
        """report | reporte | avance | change | changement | modification | shift | swap
        | fix | deplacement | titre | title | horaire | heure | date | duree | update | corrige
        | delay | push | extend to | postponed | reportee | decalee"""
    ),
    Ask.VISIO: phrase_set(
        """record | recording | enregistrement | micro | camera | ecran | screen | chat
        | transcription | transcript | captions | active | lock | telephone | phone | numero
        | number | enable | disable | pause | resume | son | video"""
    ),
    Ask.OTHER: phrase_set(
        """agenda | status | statut | etat | code | pin | vote | oui | non | yes | no | y | n
        | leave | exit | sondage | poll | password | compte | account | calendar | rappel
        | rappels | reminder | reminders | compte rendu | compte-rendu | connect | sync
        | assign | promote | organiser | host | export | download | upload | print | ping | warn
        | reset | restart | skip | duplicate | copy | forward | set | add | put | turn
        | switch | make | let | import"""
    ),
    Ask.ADMIT: phrase_set("allow | approve"),
    Ask.TALK: phrase_set("affiche | show | rien | personne | pas"),
}
"""Nouns too, which begin titles: wishes only alone, or before a wish's object."""
OBJECTS = word_set(
    """all call ce celle-ci celui-ci cet cette date day duree durée everybody everyone her heure
    him horaire hour it jour l' la le les ma maintenant meeting mes mon my name nom nos notre
    now our reunion sa son ta that the them this time title titre ton tous tout un une visio
    visioconference votre"""
)
"""Objects of wishes, in places where a title would continue otherwise."""
NO_TYPO = word_set(
    """accepted changes declined envoi envois partages recette recettes rejected relances reports
    terminale"""
)
"""Words of their own, even if they are near a wish."""
_UNHEARD = word_set(
    """-h --help ban bannir bannis desinvite desinviter disinvite eject ejecte ejecter ejectez
    excluez exclure exclus expel expulse expulser expulsez kick revoque uninvite vire virer
    virez"""
)
"""Aliases that we read only in front of a line, and not after "can you" yet."""
VERB_WORDS = frozenset(name for name in BY_NAME if " " not in name) - _UNHEARD
"""First words of commands."""
