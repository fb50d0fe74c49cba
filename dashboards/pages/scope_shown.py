"""What was not in scope, in one line: how many of the studies received, and what kept most of them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from surveillance.measurement import Cycle
from surveillance.tally_sums import OutOfScope, out_of_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeShown:
    """The studies of a deployment against its cleared indication."""

    received: int = shown("Studies received; while there is no output, those stored for its site")
    in_scope: int = shown("Of them within the cleared indication")
    reasons: tuple[tuple[str, int], ...] = shown("What kept the others out, the commonest first")
    tried: bool = shown("There is no output yet: the scope was tried on stored studies")

    @property
    def outside(self) -> int:
        """Studies out of scope or undeterminable."""
        return self.received - self.in_scope

    @property
    def share(self) -> str:
        """The share of them, in per cent."""
        return f"{100 * self.outside / self.received:.1f} %" if self.received else "–"


def scope_shown(
    session: Session, deployment: str, finding: str, measured: Mapping[str, Any] | None
) -> ScopeShown | None:
    """What the last measurement counted, from its flow and from tallies; nothing if nothing was received."""
    if measured is None or not measured["flow"]["received"]:
        return None
    return ScopeShown(
        received=measured["flow"]["received"],
        in_scope=measured["flow"]["in_scope"],
        reasons=tuple(
            reason
            for kept_out in out_of_scope(session, deployment, finding)
            for reason in _reasons(kept_out)
        ),
        tried=False,
    )


def scope_tried(cycle: Cycle | None, deployment: str) -> ScopeShown | None:
    """What the last cycle found when it tried the scope of a deployment without output on stored studies."""
    stored = cycle.judged.get(deployment, {}).get("stored", []) if cycle is not None else []
    if not stored:
        return None
    return ScopeShown(
        received=sum(n for _, _, n in stored),
        in_scope=sum(n for scope, _, n in stored if scope == "in"),
        reasons=tuple(
            reason
            for scope, attribute, n in stored
            for reason in _reasons(
                OutOfScope(
                    attribute=attribute,
                    out=n if scope == "out" else 0,
                    undeterminable=n if scope == "undeterminable" else 0,
                )
            )
        ),
        tried=True,
    )


def _reasons(kept_out: OutOfScope) -> list[tuple[str, int]]:
    what = words(kept_out.attribute)
    return [
        (told, n)
        for told, n in ((what, kept_out.out), (f"{what} missing", kept_out.undeterminable))
        if n
    ]
