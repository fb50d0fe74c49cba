"""A scanner model or a software version that nobody validated the algorithm on: a task at once, whatever was approved before."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from register.lifecycle import RUNNING
from register.task import Called, called_by, close_all
from surveillance.monitors.equipment import MINIMUM_STUDIES, SCANNER
from surveillance.monitors.verdict import Answer, StoredVerdict
from surveillance.view import DeploymentView

KIND = "equipment_validation"
SAYS_TOO_LITTLE = "equipment_outside"


def unvalidated(
    session: Session, known: DeploymentView, given: Sequence[StoredVerdict], *, at: datetime
) -> Iterator[Called]:
    """A task for each new model and version that rings while the deployment runs; a model that the register names closes its own. One for each
    model of which no study can be judged within the indication, so that no figure is about it.

    Naming it changes the configuration, so that the approval itself is then asked for anew.
    """
    for stored in given:
        said = stored.verdict()
        if said.monitor != "equipment":
            continue
        cause = f"validate {known.key} on {said.level}"
        if said.answer is Answer.SHIFTED and known.state_on(at.date()) in RUNNING:
            yield Called(
                cause=cause,
                kind=KIND,
                deployment=known.key,
                algorithm=known.algorithm,
                owner=known.entry.answers,
                sentence=f"{said.sentence} No local validation of {known.key} knows it: validate it there, or stop the routing, and close this with what was done.",
            )
        elif said.metric == SCANNER and said.answer is Answer.DESCRIBED and (said.n or 0) >= MINIMUM_STUDIES:  # fmt: skip
            if known.state_on(at.date()) in RUNNING:
                yield Called(
                    cause=f"{known.key} says nothing of {said.level}", kind=SAYS_TOO_LITTLE, deployment=known.key,
                    algorithm=known.algorithm, owner=known.entry.answers,
                    sentence=f"{said.sentence} {said.action} Close this with what was decided.",
                )  # fmt: skip
        elif said.metric == SCANNER and said.answer is Answer.STEADY:
            outcome = f"{said.level} was named among the scanners of {known.key}."
            close_all(session, called_by(session, cause), by="cycle", outcome=outcome, at=at)
