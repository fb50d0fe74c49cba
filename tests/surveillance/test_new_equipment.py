"""A scanner nobody validated calls for it while the deployment runs, until the register names it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from backend.database import unit_of_work
from register.lifecycle import State
from register.task import close, open_once, open_tasks
from register.transition import Transition
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.new_equipment import unvalidated
from surveillance.view import DeploymentView, view

KEY = "ctbrain-north-ed"
AT = datetime(2026, 11, 1, tzinfo=UTC)


def said(answer: Answer, metric: str = "manufacturer_model_name", level: str = "NEW") -> Verdict:
    return Verdict(
        deployment=KEY, finding="intracranial_haemorrhage", monitor="equipment", metric=metric, by=metric, level=level, answer=answer,
        rule="r", sentence=f"New scanner {level}.", action="Act.",
    )  # fmt: skip


def causes(session: Session, known: DeploymentView, verdicts: Sequence[Verdict]) -> list[str]:
    """The open tasks after a cycle gave these verdicts."""
    given = store(session, verdicts, as_of=AT)
    for called in list(unvalidated(session, known, given, at=AT)):
        open_once(session, called, at=AT)
    return [task.cause for task in open_tasks(session)]


def test_it_is_called_for_once_until_the_register_names_it(registered: str) -> None:
    """Model and software each; the model's task closes itself once named, that of software waits for a hand."""
    both = [f"validate {KEY} on NEW", f"validate {KEY} on V2"]
    software = said(Answer.SHIFTED, "software_versions", "V2")
    with unit_of_work(registered, by="t") as session:
        known = view(session, KEY)
        for _ in range(2):
            assert causes(session, known, [said(Answer.SHIFTED), software]) == both
        told = replace(software, answer=Answer.DESCRIBED)
        assert causes(session, known, [said(Answer.STEADY), told]) == both[1:]


@pytest.mark.parametrize("state", [State.SUSPENDED, State.RETIRED])
def test_what_does_not_run_calls_for_nothing(registered: str, state: State) -> None:
    """Before it runs again it is validated anyway."""
    with unit_of_work(registered, by="t") as session:
        change = Transition(
            deployment=KEY, from_state=State.LIVE, to_state=state, effective_from=date(2026, 10, 1), evidence="", configuration={},
            proposed_by="t", proposed_at=AT,
        )  # fmt: skip
        known = replace(view(session, KEY), changes=(change,))
        assert causes(session, known, [said(Answer.SHIFTED)]) == []


def test_a_scanner_of_which_nothing_can_be_judged_calls_for_a_decision_once(
    registered: str,
) -> None:
    """It was there from the first day on and says too little: somebody decides, and is not asked again; a few studies call nobody."""
    silent = replace(said(Answer.DESCRIBED, level="Optima"), n=619, sentence="Optima sent 619 studies; none of them within the indication.")  # fmt: skip
    with unit_of_work(registered, by="t") as session:
        known = view(session, KEY)
        assert causes(session, known, [replace(silent, n=9)]) == []
        assert causes(session, known, [silent]) == [f"{KEY} says nothing of Optima"]
        (task,) = open_tasks(session)
        assert task.sentence == f"{silent.sentence} Act. Close this with what was decided."
        close(session, task.id or 0, by="lead", outcome="The protocol is mended next week.", at=AT)
        assert causes(session, known, [silent]) == []
