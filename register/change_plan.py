"""Releases against what the clearance lets change: the predetermined change control plan.

Source: FDA, Marketing Submission Recommendations for a Predetermined Change Control Plan for AI-Enabled Device
Software Functions (final guidance, December 2024): description of modifications, protocol, impact, and a new UDI.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from register.algorithm import ProductVersion
from register.clearance import Clearance
from register.deployment import Deployment
from register.revision import as_known
from register.task import Called

GROUNDS = {
    "new_clearance": "a clearance of its own; record it before the version is used in care",
    "letter_to_file": "an assessment of the manufacturer that no new submission is needed; ask for it and file it",
    "unchanged_function": "no change of the function that was cleared; ask how this was verified",
}
"""Grounds beside the items of a change plan, each with what the site should look for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """On what ground a release may differ from what was cleared; `planned` where a change plan covers it."""

    planned: bool
    sentence: str


def ground_of(version: ProductVersion, clearances: Sequence[Clearance]) -> Ground:
    """The ground of a release, matched with the change plans of the algorithm's clearances."""
    if not version.change:
        return Ground(
            planned=False,
            sentence="The manufacturer states no ground for it: ask whether a change plan covers it, whether it is cleared anew, or why "
            "neither is needed.",
        )
    ground, summary = version.change["ground"], version.change["summary"]
    if ground in GROUNDS:
        return Ground(planned=False, sentence=f"{summary} It rests on {GROUNDS[ground]}.")
    for clearance in clearances:
        item = next((one for one in clearance.change_plan if one["key"] == ground), None)
        if item is not None:
            udi = (
                ""
                if version.udi_di
                else " Its UDI-DI is not recorded; a planned change gets a new one."
            )
            return Ground(
                planned=True,
                sentence=f"{summary} The change plan of {clearance.key} covers it as '{ground}': {item['modification']} Ask for the results of "
                f"its verification: {item['verification']}{udi}",
            )  # fmt: skip
    return Ground(
        planned=False,
        sentence=f"{summary} It names '{ground}', which no change plan on record has; ask the manufacturer for the plan as cleared.",
    )


def incoming(session: Session) -> Iterator[Called]:
    """A decision to take for every release later than the version a deployment runs."""
    clearances = as_known(session, Clearance)
    versions = {(v.algorithm, v.version): v for v in as_known(session, ProductVersion)}
    for deployment in as_known(session, Deployment):
        runs = versions.get((deployment.algorithm, deployment.version))
        if deployment.live_to is not None or runs is None or runs.released is None:
            continue
        for (algorithm, name), version in versions.items():
            if (
                algorithm != deployment.algorithm
                or version.released is None
                or version.released <= runs.released
            ):
                continue
            ground = ground_of(version, [c for c in clearances if c.algorithm == algorithm])
            yield Called(
                cause=f"release {version.key} at {deployment.key}",
                kind="release",
                deployment=deployment.key,
                algorithm=algorithm,
                owner=deployment.oversight.get("clinical_lead"),
                sentence=f"Version {name} was released on {version.released}; {deployment.key} runs {deployment.version}. {ground.sentence} "
                f"Decide: stay, or switch on its page of state and decisions.",
            )  # fmt: skip
