"""What a database that refuses us says, as one word that has a sentence."""

from collections.abc import Callable

import pytest
from sqlalchemy.engine import URL, make_url

from bridge.broken import Broken, broken
from bridge.store import DATABASE_ERRORS, schema_version
from tests.servers.postgres import Cluster


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda url: url.set(password="canary"), Broken.ACCOUNT),
        (lambda url: url.set(username="nobody"), Broken.ACCOUNT),
        (lambda url: url.set(database="nowhere"), Broken.NO_DATABASE),
    ],
)
async def test_why_postgresql_refuses_us_is_known(
    cluster: Cluster, wrong: Callable[[URL], URL], why: Broken
) -> None:
    url = make_url(await cluster.create_database())
    refused = wrong(url).render_as_string(hide_password=False)
    with pytest.raises(DATABASE_ERRORS) as caught:
        await schema_version(refused)
    assert broken(caught.value) is why
    await cluster.drop_database(url.render_as_string(hide_password=False))
