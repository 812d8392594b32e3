"""RSA moduli that an attacker can factor.

Chips with Infineon's library made primes of the form k * M + (65537^a mod M), M being the product
of the first primes (CVE-2017-15361, "ROCA"; Nemec et al., "The Return of Coppersmith's Attack", CCS
2017, section 2.4). A modulus of two such primes is a power of 65537 modulo each of them, which is
true by chance of one random key of this size in some 10^8.
"""

from functools import cache
from typing import Final

_GENERATOR: Final = 65537
_LARGEST: Final = 167
"""The largest prime of M for moduli of up to 2,048 bits; larger keys have these and more."""


def factorable(modulus: int) -> bool:
    """Tell whether a modulus has a small factor, such as two, or the mark of such a chip."""
    powers = _powers()
    if any(modulus % prime == 0 for prime in powers):
        return True
    return all(modulus % prime in of for prime, of in powers.items())


@cache
def _powers() -> dict[int, frozenset[int]]:
    """Return, for each small prime, the remainders that powers of the generator leave."""
    small = range(2, _LARGEST + 1)
    primes = [n for n in small if all(n % below for below in range(2, n))]
    return {
        prime: frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime - 1))
        for prime in primes
    }
