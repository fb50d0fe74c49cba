"""How the studies of a site fit a cleared scope, as it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.pages.rendering import moment
from dashboards.pages.shown import shown, words
from register.scope import Scope
from surveillance.procurement.local_fit import LocalFit

MOST_LEVELS = 12
"""Rows of a stratum that are shown; the rest is in the JSON of the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShown:
    """One scanner, protocol or age group."""

    level: str = shown("Which")
    studies: int = shown("Its studies of the modality and body part")
    cells: tuple[tuple[str, str], ...] = shown("Decision, and the studies it was made on")


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumShown:
    """The studies apart by scanner, protocol or age."""

    name: str = shown("By what")
    levels: tuple[LevelShown, ...] = shown("The largest first")
    more: int = shown("Levels that are not shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class FitShown:
    """How the studies of the site fit the scope of a deployment."""

    deployment: str = shown("Key of the deployment")
    finding: str = shown("What is looked for")
    sentence: str = shown("The count in words")
    counted: str = shown("Studies stored, and those of another modality or body part; the data cut")
    clauses: tuple[tuple[str, str, int], ...] = shown("Decision, clause that decided, studies")
    strata: tuple[StratumShown, ...] = shown("By scanner, protocol and age")


def fit_shown(fit: LocalFit) -> FitShown:
    """A count in words and tables."""
    return FitShown(
        deployment=fit.deployment,
        finding=words(fit.finding),
        sentence=fit.sentence(),
        counted=f"{fit.content['studies']:,} studies stored, {fit.content['elsewhere']:,} of another modality or body part; "
        f"as of {moment(fit.as_of)}",
        clauses=tuple((c["scope"], c["clause"], c["studies"]) for c in fit.content["clauses"]),
        strata=tuple(_stratum(name, levels) for name, levels in fit.content["strata"].items()),
    )  # fmt: skip


def _stratum(name: str, levels: Mapping[str, Mapping[str, int]]) -> StratumShown:
    most = list(levels.items())[:MOST_LEVELS]
    return StratumShown(
        name=name,
        levels=tuple(
            LevelShown(
                level=level,
                studies=(total := sum(counts.values())),
                cells=tuple(
                    (scope, f"{counts[scope]:,} ({counts[scope] / total:.1%})") for scope in Scope
                ),
            )
            for level, counts in most
        ),
        more=len(levels) - len(most),
    )
