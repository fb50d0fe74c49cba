"""An algorithm and a site, the pair that is bought for: both must stand in the register."""

from sqlmodel import Session

from register.algorithm import Algorithm
from register.deployment import Site
from register.refusal import Refusal
from register.revision import as_known


class NotInRegister(Refusal):
    """An algorithm or a site that the register does not know; the sentence names those it does."""


def known_algorithm(session: Session, key: str) -> Algorithm:
    """The algorithm, as the register knows it now."""
    known = {one.key: one for one in as_known(session, Algorithm)}
    if key not in known:
        raise NotInRegister(
            f"No algorithm '{key}' in the register. There are: {', '.join(known) or 'none yet'}."
        )
    return known[key]


def known_pair(session: Session, algorithm: str, site: str) -> tuple[Algorithm, Site]:
    """Algorithm and site, as the register knows them now."""
    sites = {one.key: one for one in as_known(session, Site)}
    found = known_algorithm(session, algorithm)
    if site not in sites:
        raise NotInRegister(
            f"No site '{site}' in the register. There are: {', '.join(sites) or 'none yet'}. Enter one: `sites:` in a register file."
        )
    return found, sites[site]
