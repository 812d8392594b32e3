"""The first of what a rate allows is allowed, whatever the clock shows."""

import pytest

from federation.door.limits import Limiter
from federation.door.settings import Rate


@pytest.mark.parametrize("moment", [0.1 + tick * 997.3331 for tick in range(200)])
def test_the_first_token_is_there_at_any_moment(moment: float):
    """Adding a span to the clock and taking it away leaves a rest that is no wait."""
    limiter = Limiter(Rate(1, 600), remembered=9, now=lambda: moment)
    assert limiter.wait("a") == 0
    assert limiter.take("a") == 0
    assert limiter.take("a") > 599
    assert limiter.wait("a") > 599
