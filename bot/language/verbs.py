"""Verbs of both languages, and the nouns that look like them: folded words.

Titles are nouns, so a title needs no verb; an order or a sentence has one. If an ending shows verbs
(`-er`, `-ez`), we list the nouns, a finite list; otherwise we list the verbs.
"""

import re

from bot.language.text import word_set

ER_NOUNS = word_set(
    """after alger amer atelier baker banquier beer berger border boucher boulanger buffer burger
    buyer cahier calendrier cancer career carer cavalier cellier center chancelier
    chantier chapter charter cher clavier cluster computer conseiller container corner
    courrier courtier cover cratere cuiller cyber danger dealer december dejeuner denier
    dernier designer developer diner dinner dossier driver e-learner easter elder engineer
    entier escalier ether etranger ever farmer fer fever fevrier fiber fichier filter
    financier flyer folder foncier former founder foyer freelancer fuller gender geyser
    gouter gravier greffier grenier gutenberg hacker hangar hauser helper hier hiver
    holder hospitalier hunger hyper immobilier infirmier inter janvier keeper labrador
    laser later launcher lawyer layer leader leger lever levier loyer maker manager
    manufacturier master matter member menager mer messager metier millier minister
    mobilier monster mortier mother never newsletter november number october offer officer
    order other outer ouvrier over owner palier panier panner paper papier particulier
    partner passager payer peer per petit-dejeuner pilier pionnier planner player plenier
    policier pompier poster potager power premier printer producer promoter proper prover
    provider quarter quartier ranger rather reader regulier researcher river roller router
    routier rover saisonnier scanner scooter september server shelter silver singulier
    sister sommelier soulier souper speaker sponsor sprinter stager stakeholder starter
    steamer sticker summer super supplier supporter teacher tender ter thriller tiger
    timber timer together tracker trader trailer trainer transfer transformer transporter
    traveller trigger tuner twitter ulcer under usager user ver verger viager volunteer
    voucher water weather webmaster whether winter worker writer"""
)
"""Nouns and names in -er; for -ier we list the verbs (`IER_VERBS`)."""
IER_VERBS = re.compile(
    r"(?:.*fi|copi|photocopi|recopi|pli|depli|repli|tri|retri|cri|oubli|publi|republi|etudi|appreci"
    r"|associ|dissoci|benefici|concili|reconcili|convi|deli|li|reli|dedi|expedi|initi|licenci|mari"
    r"|negoci|renegoci|ni|reni|pari|pri|radi|ralli|rapatri|remerci|remedi|repertori|vari|apparenti"
    r"|contrari|inventori|injuri|mendi|multipli|demultipli|obvi|palli|psalmodi|repudi|sci|skii|suppli"
    r"|parodi|estropi|autopsi|irradi|incendi|subsidi|envi|devi|fi|mefi|confi|defi|spoli|expropri"
    r"|appropri|reappropri)er"
)
IR_NOUNS = word_set(
    """abattoir affair air avenir bonsoir cachemir chair cloitre codir comptoir couloir cuir desir
    devoir dortoir elixir emir espoir fair heir her hoir impair lavoir loisir manoir memoir
    menhir miroir mouchoir noir pair parloir plaisir pouvoir rasoir repair reservoir saphir
    savoir soir souvenir stair territoir terroir tir tiroir trottoir vouloir zephyr"""
)
"""Nouns in -ir and -oir."""
RE_VERBS = re.compile(
    r"(?:re|de|ap|com|sur|entre|me)?prendre|(?:re|re-)?(?:vendre|rendre|descendre|tendre|perdre|pondre)"
    r"|(?:at|en|e|de|pre|sous-en)tendre|(?:de|sus|ap|re)?pendre|(?:re|cor)?(?:pondre|repondre)"
    r"|correspondre|repandre|(?:con|re)?fondre|tondre|mordre|tordre|defendre|fendre|(?:re|ad|con|dis)?joindre"
    r"|craindre|plaindre|contraindre|atteindre|eteindre|teindre|peindre|depeindre|restreindre|enfreindre"
    r"|(?:inter|cor)?rompre|(?:re|per|ad|trans|sou|pro|o|com|e|compro|de)?mettre|(?:a|com|de|re|ra)?battre"
    r"|(?:re)?connaitre|(?:ap|dis|reap|com)?paraitre|(?:re)?naitre|etre|(?:ac|de)?croitre|croire|boire"
    r"|(?:re|de|satis|contre)?faire|plaire|taire|(?:ex|dis|sous|abs)?traire|(?:re|inter|pre|contre|mau)?dire"
    r"|(?:re)?lire|(?:re)?elire|(?:re|de|in|pre|sou|trans|pros|reins|cir)?(?:ecrire|crire|scrire)"
    r"|(?:de|pres|trans|sous|ins)crire|(?:re)?(?:con|pro|re|tra|intro|se|in|de|en)duire|(?:re)?construire"
    r"|instruire|detruire|nuire|(?:re)?cuire|luire|(?:pour)?suivre|(?:sur|re)?vivre|(?:con|in|ex)clure|(?:en)?clore"
    r"|(?:sou)?rire|suffire|(?:re|dis|ab)?soudre|resoudre|(?:re)?coudre|moudre|(?:con)?vaincre"
)
"""Infinitives in -re."""
RE_ENDS = ("ettre", "endre", "ondre", "uire", "indre")
"""Their endings that few nouns share, to recognise them despite a typing error."""
RE_NOUNS = word_set("lettre lettres gendre cendre tendre moindre hypocondre")
EZ_NOUNS = word_set(
    """chez assez rez nez rendez-vous fernandez gomez lopez martinez rodriguez sanchez gonzalez
    hernandez perez suez cortez merguez jerez alvarez velasquez dominguez ramirez ruez
    vasquez jimenez mendez diez valdez douarnenez biarritz fez raz lez laissez-passer rez-
    de-chaussee laissez-faire gutierrez vez lez"""
)
FIRST_GROUP = word_set(
    """abandonn accept accord accroch accueill achet activ adapt ador adress affect affich affirm
    agraf aid aim ajout ajust alert align allong allum amelior amen amorc analys annonc
    annot annul anticip appel appell appliqu apport appos approch approuv archiv arrang
    arret arriv assign assist assur attach attrap attribu augment autoris avanc averti
    avis baiss balay bann bascul bipp bloqu bouch boug branch bris cach cal calcul calm
    camoufl centralis cess chang charg charm chass cherch chuchot cliqu clotur coch coll
    colori combin command commenc comment communiqu compar compil complet compos compt
    concern concoct confirm connect conserv consult contact continu contourn control
    convers convi convoqu coordonn copi corrig coup cre crypt debloqu debranch debut decal
    dechiffr decid declar declench declin deconnect decoup decript decroch decrypt degag
    degomm delegu delimit demand demarr demenag demont depann depass deplac deplo depos
    derang desactiv design desinscri desinstall desir dessin detach detaill detourn
    deverrouill devin devoil dezoom dial dict diffus diminu discut distribu divis doct
    donn dos doubl dupliqu ecart echang ecout edit effac ejact elabor elimin eloign
    embarqu embauch emp empech emport emprunt encadr enchain enclench encourag enferm
    engag enlev ennuy enquet enregistr enrol enseign entam entr enumer envoi envoy epaul
    epingl equip espac esper essai essay estim etal etiquet evalu evinc evit examin exclu
    excus execut exempt exig explicit expliqu export expos expuls favoris ferm fet fich
    figur filtr fix flash flout focalis fonctionn forc form format formul fouill fourch
    fourn fract fredonn fus fusionn gagn galer gard gel generalis ger gliss gomm grav
    grossi group habill habit hebergs heurt hurl identifi ignor illustr impliqu import
    impos imprim inclin incorpor indiqu inform initi inscri insert insist install instaur
    integr interdi interrog interview invalid invent inverse invit invoqu isol jett joign
    jou justifi laiss lanc larg lev liber livr local lock log lou maintien maitris manag
    manqu masqu melang meling menac mentionn merit mesur mett minimis mix mobilis moder
    modifi mont montr motiv murmur mut mutualis navigu nettoi nivel nomm notifi numerot
    oblig obtien occup oper oppos optimis ordonn organis orient oubli ouvr pai paniqu
    paramet parametr pardonn parl parri partag particip pass patient peaufin pench pens
    perc permut personnalis pianot pilot pinc plac plaid planifi pleur point pos post
    postpos pous pouss precis prefer prepar present prete pretend preven priv procur
    profit programm projet prolong prononc propos proteg prouv provoqu publi purg qualifi
    quitt raccord raccourc raccroch racont raisonn rajout ralenti ralli rallong rallum
    ramass ramen rang rappel rappell rapproch rassembl rat reactiv reajust realis rebranch
    recal recap recharg recherch recit reclam recoll recommand recommenc reconnect recopi
    recrut rectifi recuper redemand redemarr redig redirig redonn reduis reessa reessai
    reexpedi referenc refoul refus regard regl regroup regularis reinitialis reinstall
    reinvit rejett rejoign relanc relis rell remarqu rembours remerci remont rempla
    remplac remu rencontr renforc renomm renonc renouvell renseign rentr renvoi repar
    repass reper repet replac report repouss represent reprogramm requisition reserv
    respect rest restaur retard retir retourn retrouv reveill revel revis rigol ronfl roul
    rythm sabord salu saut sauv sauvegard scann scell second secou selectionn sembl separ
    serr siffl sign signal simplifi simul soign sollicit sonn sort souffl souhait soulev
    soumett soupir sous-titr squatt stabilis stock stopp suggere supervis support supprim
    surligner sursaut surveill suspend synchronis tap taquin tard tatonn telecharg
    telephon termin test tir tol tomb touch tourn traduis trait tranquillis transcriv
    transfer transform transport trav travaill trembl tri tricot troubl trouv tweet unifi
    utilis vaccin valid vari ventil verbalis verifi verrouill vers vid vir virevolt
    visionn visualis vot voyag zapp zoom"""
)
"""Stems of French verbs in -er: with -e they are imperatives."""
E_NOUNS = word_set(
    """active adresse affiche aide alerte amorce analyse annonce approche archive arme arrete
    attache avance baisse balance balaye bascule bouche boucle branche brise cache cadre
    cale calme capitale cause centre change charge charme chiffre classe cloture coche colle
    combine commande commerce complete compose compte comptes conserve controle copie coupe
    cre culture danse date demande depense devise diffuse dose double doute echange ecoute
    elargie emprunte enquete enseigne ensemble epargne equipe espace estime etude excuse
    facture ferme fete fiche figure filtre fixe force forme fouille fourche galere garde
    grave greffe groupe hausse illustre inverse invite jeune joue juge lance large ligne
    limite livre local locale loge lutte manque marche marque masque menace merite mesure
    mine mise mixe mode modere moderee monte montre mute note offre page paie panique
    parametre partage passe pause pense perce pilote pince place plaide pointe porte pose
    post poste pousse pratique precise presente presse prete prime prise prive programme
    prolonge propose purge rallonge rate recharge recherche recolte reference reforme regle
    relance remarque rencontre repere reserve reste retard retouche risque route rythme
    sabord sauvegarde seconde serre siffle signe solde sonde sorte souche souffle source
    sous-titre stage suite support tape tarde taxe telephone tente termine titre tombe
    touche tourne trace traite trempe trouble use utile vague valide vide visite voile vote
    voyage zone"""
)
"""Those imperatives that are nouns or adjectives too: `Demande de crédits`, `Visite des locaux`."""
IRREGULAR = word_set(
    """accueille agrandis aie allez allons annulons appelle apprends appuie arretons attendons
    attends avertis ayez bannis changeons choisis commencons comprends conduis construis
    convaincs couvre crois cueille decalons decouvre decris defais definis degage
    demandons deploie desinscris detruis dis dites dors ecris elargis emploie entends
    envoie essayons essuie etablis eteins fais faisons faites finis finissons fournis
    garantis gardons grossis inscris interromps invitons jarte jette joins lache laissons
    lancons lis maintiens mets mettons nettoie obtiens ouvre paie pars partons passons
    perds permets prends prenons previens produis prolongeons promets raccourcis
    rafraichis ralentis rappelle reagis recois redis redites reduis reecris refais
    refaites reflechis rejette rejoignons rejoins relis remets remplis rends renouvelle
    renvoie repars reponds reportons reprends retablis retiens reunis reveille reviens
    revois rouvre sache sachez saisis sers sois souffre soumets soyez suis terminons tiens
    traduis transcris transmets va vas vas-y vends veuille viens vire vois voyons"""
)
"""Other imperatives, which seldom are anything else at the beginning of a line."""

PURE = word_set(
    """accelerate accept achieve acknowledge activate adapt add adjust admit advise allow amend
    announce append appoint approve arrange ask assign attach attend authorise authorize
    avoid axe be become begin believe belong blacklist bring build bump calculate cancel
    carry celebrate choose clarify collect combine come communicate compare complain
    confirm connect consider continue convene convert convince create deactivate decide
    decline define delete deliver demote deny describe destroy develop disable disallow
    disconnect discuss dismiss distribute ditch divide do edit eject eliminate embed
    employ enable encourage enlarge enquire ensure enter erase establish evaluate evict
    exclude execute expand expect expel explain explore extend fetch finalise finalize
    finish follow forbid forget forgive generate get give go grab hang hear hide
    identify ignore illustrate implement improve include indicate inform insert install
    instruct intend interrupt introduce invite invoke isolate join kill know lend lengthen
    let listen livestream locate lose maintain make manage maximise maximize meet merge
    minimise minimize modify multiply nix notify obtain omit organise organize oust
    overwrite paste perform persuade postpone prefer prepare prevent proceed produce
    prolong promote pronounce propose prove provide prune publish put quit react
    reactivate realise realize rearrange reassign rebook reboot rebuild receive recommend
    reconnect recover redirect redo reduce refer refresh refuse reinvite reject rejoin
    relaunch reload rely remember remind remove rename renew reopen reorder replace
    reschedule rescind resend resize resolve respond restore restrict retrieve retry reuse
    reveal revert revise revoke rewrite sanitise say see seek select sell send shorten
    shrink shush simplify sit skip solve speak specify spell steal submit subscribe
    suggest summarise summarize suspend take teach tell terminate throw tidy transcribe
    translate transmit unblock unblur uncheck understand undo unhide uninstall uninvite
    unlock unmask unmute unpin unshare unsubscribe vacate validate vanish verify want warn
    wear whitelist withdraw write"""
)
"""English imperatives; those that are nouns too begin few titles without "of"."""
NOUN_VERBS = word_set(
    """access address aim alert answer appeal apply approach archive arrest assist attack attempt
    audit award balance ban bar base battle bid bill block blur book boost borrow bother
    break brief broadcast budget bug buy call calm campaign care cast chair challenge
    change charge chat check chop circle claim clean clear click clock close collapse
    comment commit complete conduct conflict contact contest contract control cook cool
    copy correct cost count cover craft crop cross cut damage dance deal debate debrief
    decrease delay demand design detail dial direct discount dispatch display document
    double doubt download draft drag draw dress drive drop dry dub dump duplicate echo
    email empty end escape estimate exchange excuse exhibit exit experience export express
    face fade fail favour fear feature feed feel fight figure file fill film filter find
    fire fit fix flag flash flip float focus fold force forecast form format forward frame
    free freeze function fund gain gather gift grade grant group grow guarantee guard guess
    guide hand handle harm head heat help highlight hire hit hold hook hop hope host hurry
    import increase input interview invest issue judge jump keep kick label land laugh
    launch lead leak leave level lift light limit line link list live load lock log look
    loop love lower mail map march mark mask master match measure mention mind mix model
    monitor mount move mute name need note notice nudge number object offer open order
    outline own pack paint park part pass patch pause pay permit phone pick picture pilot
    pin ping plan plant play pledge plot poke poll post praise present press print process
    profile program progress project promise prompt protest pull purchase push question
    queue quote race raise range rank rate reach read recall recap recess reclaim record
    recruit refund register regret release remark repair repeat reply report request
    rescue research reserve reset resort rest restart result resume return review reward
    ride ring rise risk rock roll root rotate round route row run rush sail sample save
    scale scan schedule score scrap screen script scroll seal search seat secure sense
    separate serve service set settle shape share shift ship shoot shop shout show shut
    side sign signal silence sketch slide slip slow smile sort sound speed spend split
    sponsor spot spotlight spread stage stand start state stay step stick stock stop store
    stream stress stretch strike structure struggle study style subtitle suit supply
    support suppose surface surprise survey suspect swap sweep swing switch sync tackle
    tag talk tap target task taste tax test text thank tie time title toggle touch tour
    track trade train transfer transform transport travel treat trial trim trip trust try
    turn tweak twist type update upgrade upload use value view visit voice volunteer vote
    wait wake walk wash waste watch wave weigh welcome win wind wipe wish work worry wrap
    zoom"""
)
"""English verbs that begin titles as nouns: `Change management`, `Design review`."""
VERBISH = word_set(
    """archive block blur book call change close copy crop cut dial download drag drop dump
    duplicate email end export fix flag flip forward hand highlight host import keep kick
    link list lock lower mail mark move mute name note open order pause phone pick pin
    play present print pull push raise record repeat reset resume ring rotate save
    schedule screen scroll set share shift show shut sign spotlight start stop stream
    subtitle swap switch tag text turn update upload use wake zoom"""
)
"""Those that also are orders before a thing of the meeting: `change slot`."""
