import pytest

from bridge.domain.agent import Holder, Identity, Method
from bridge.identities.resolvers import AgentDomains, Chain, ServerRule, StaticMap
from bridge.ids import UserId

JEANNE = UserId("@jeanne:agent.example")
PAUL = UserId("@paul:other.example")
LUC = UserId("@luc:agent.example")
TABLE = StaticMap({JEANNE: "Jeanne.Martin@Beta.Example"})
RULE = ServerRule({"agent.example": "{localpart}@beta.example"})


async def test_the_operator_s_table_is_believed():
    assert await TABLE.resolve(JEANNE) == Identity("Jeanne.Martin@beta.example", Method.MAP)
    assert await TABLE.resolve(PAUL) is None


async def test_an_unusable_address_in_the_table_is_no_identity():
    assert await StaticMap({JEANNE: "jeanne"}).resolve(JEANNE) is None


async def test_a_table_that_reloads_itself_is_followed():
    table = {JEANNE: "jeanne@beta.example"}
    people = StaticMap(table)
    table[PAUL] = "paul@beta.example"
    assert await people.resolve(PAUL) == Identity("paul@beta.example", Method.MAP)


async def test_a_rule_is_a_guess_of_the_agent_s_own_homeserver():
    assert await RULE.resolve(JEANNE) == Identity("jeanne@beta.example", Method.RULE)
    assert await RULE.resolve(PAUL) is None
    assert await RULE.resolve(UserId("@jeanne:AGENT.example")) is not None


@pytest.mark.parametrize(
    "user",
    [
        "@:agent.example",
        "@jeanne@x.example:agent.example",
        "@Jeanne:agent.example",
        "@jeanne martin:agent.example",
        "@a..b:agent.example",
        "@" + "a" * 65 + ":agent.example",
        "@{localpart}:agent.example",
        "jeanne",
        "",
    ],
)
async def test_odd_ids_give_nothing(user: str):
    assert await RULE.resolve(UserId(user)) is None


@pytest.mark.parametrize(
    "template",
    ["", "jeanne@beta.example", "{localpart}", "a@{localpart}", "{localpart}{localpart}@x.example"],
)
def test_a_rule_gives_each_their_own_address(template: str):
    with pytest.raises(ValueError, match=r"agent\.example"):
        ServerRule({"agent.example": template})


async def test_the_first_that_knows_is_believed():
    both = Chain([TABLE, RULE])
    found = await both.resolve(JEANNE)
    assert found is not None
    assert found.method is Method.MAP
    guessed = await both.resolve(UserId("@luc:agent.example"))
    assert guessed == Identity("luc@beta.example", Method.RULE)
    assert await both.resolve(PAUL) is None


async def test_all_whose_an_address_is():
    table = StaticMap(
        {JEANNE: "accueil@beta.example", PAUL: "Accueil@beta.example", LUC: "luc@elsewhere.example"}
    )
    rules = ServerRule(
        {"agent.example": "{localpart}@beta.example", "old.example": "{localpart}@beta.example"}
    )
    people = Chain([table, rules, AgentDomains(["beta.example"])])
    assert await people.owners("ACCUEIL@beta.example") == {
        JEANNE,
        PAUL,
        "@accueil:agent.example",
        "@accueil:old.example",
    }
    assert await people.owners("luc@beta.example") == {"@luc:old.example"}
    assert await people.owners("luc@elsewhere.example") == {LUC}
    assert await people.owners("nobody@else.example") == frozenset()


def test_methods_are_known_before_use():
    assert Chain([TABLE, RULE]).methods == {Method.MAP, Method.RULE}
    assert Chain([TABLE, ServerRule({})]).methods == {Method.MAP}
    assert Chain([]).methods == frozenset()


def test_addresses_are_not_shown():
    assert "@" not in repr(TABLE)


async def test_whose_an_address_is():
    people = Chain((AgentDomains({"beta.example"}), TABLE, RULE))
    assert await people.holder("JEANNE.martin@beta.example") == Holder(JEANNE)
    assert await people.holder("Paul@beta.example") == Holder(UserId("@paul:agent.example"))
    assert await people.holder("paul@sub.beta.example") is None
    assert await people.holder("jeanne@partner.example") is None
    domains = AgentDomains({"agents.example"})
    assert await Chain((domains,)).holder("paul@Agents.example") == Holder()
    assert await domains.resolve(PAUL) is None
    assert domains.methods == frozenset()


@pytest.mark.parametrize("email", ["beta.example", "@beta.example", "a b@beta.example"])
async def test_an_odd_address_is_nobody_s_by_a_rule(email: str):
    assert await RULE.holder(email) is None
