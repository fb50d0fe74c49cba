"""What whoever lets it into care, or sees it in care, has to know: what was borne, and what it is restricted to."""

from datetime import timedelta

from sqlmodel import Session

from backend.database import raw, unit_of_work
from dashboards.pages.deployment import deployment_page
from dashboards.pages.lifecycle import lifecycle_page
from dashboards.pages.register import register_page
from dashboards.pages.register_entry import register_entry_page
from dashboards.pages.rendering import Frame, render
from register.lifecycle import State
from register.procurement.due_diligence import ITEMS
from register.scope_review import ASKED, Decision
from surveillance import cycle
from surveillance.procurement.diligence import checklist
from surveillance.review_opening import open_early
from surveillance.reviewing import Answers, Gathered, complete, decide
from tests.surveillance.taken_on import ANNA, BEN, DAY, KEY, NOW, moved

ALGORITHM = "ctbrain-triage"
FRAME = Frame(title="Test", place="watch", person="Ada", role="auditor", token="t")
RESTRICTED = Answers(
    remarks=dict.fromkeys(ASKED, "None."), conclusion="Nights are too noisy.", decision=Decision.RESTRICT,
    next_review=DAY + timedelta(days=200), conditions="Only in the day shift.",
)  # fmt: skip


def pages_of(session: Session) -> list[str]:
    """The pages on which the restriction stands."""
    later = NOW + timedelta(hours=1)
    return [
        render("deployment.html", deployment_page(session, KEY, None, at=later), FRAME),
        render("register.html", register_page(session, at=later), FRAME),
        render("register_entry.html", register_entry_page(session, ALGORITHM, at=later), FRAME),
    ]


def test_the_approver_reads_what_is_not_met_and_who_accepted_it(in_shadow: str) -> None:
    """How many, of how many, which and by whom; the condition holds all the same."""
    with unit_of_work(in_shadow, by="t") as session:
        unmet = [one for one in checklist(session, ALGORITHM, "north", on=DAY) if one.acceptance]
        page = lifecycle_page(session, KEY, at=NOW)
        (said,) = [c for c in page.conditions if c.name == "Due diligence"]
    assert unmet
    assert said.badge.word == "Holds"
    assert f"Of {len(ITEMS)} items {len(unmet)} " in said.sentence
    for one in unmet:
        assert f"{one.item.title} by Ben" in said.sentence


def test_a_restriction_stands_on_the_pages_while_the_state_is_limited(in_shadow: str) -> None:
    """Decided in a review; gone once it is live without restriction again."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        cycle.run(session, raw(session), as_of=NOW)
        number = open_early(session, KEY, signer=BEN, reason="Noise.", at=NOW).id or 0
        rests_on = Gathered(dossier="SCOPE-1", sha256="ab" * 32, period_to=DAY, as_of=NOW)
        complete(session, number, RESTRICTED, rests_on=rests_on, signer=BEN, at=NOW)
        assert not any("Only in the day shift." in page for page in pages_of(session))
        decide(session, number, approve=True, signer=ANNA, reason="Agreed.", at=NOW)
        session.expire_all()
        assert [page.count("Only in the day shift.") for page in pages_of(session)] == [1, 1, 1]
        moved(session, State.LIVE)
        assert not any("Only in the day shift." in page for page in pages_of(session))
