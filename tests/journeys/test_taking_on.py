"""An algorithm from procurement to live and through its first review, in a real browser, by the people it takes."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect

from backend.access import give_account
from backend.clock import now
from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from surveillance.intake.batch import import_batch
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.journeys.served import served
from tests.register.test_ai_act import DEPLOYER

ALGORITHM, KEY = "ctbrain-triage", "ctbrain-north-ed"
LIST = f"/register/{ALGORITHM}/north/due-diligence"
STATE, VALIDATIONS, REVIEW = (
    f"/deployments/{KEY}/{page}" for page in ("lifecycle", "validations", "review")
)
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 10}  # fmt: skip
DAYS_AGO, CASES = 60, 200


@dataclass(kw_only=True)
class Person:
    """Somebody at a screen of their own, who signs with their own password."""

    page: Page
    address: str
    password: str

    def at(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(f"{self.address}{path}")
        return self.page

    def sign(self, form: Locator, reason: str, *, choice: str = "") -> None:
        """Fill in a form that ends in a signature, and sign."""
        if choice:
            form.get_by_label("Decision").select_option(choice)
        form.get_by_label("Reason").fill(reason)
        form.get_by_label("Your password").fill(self.password)
        form.get_by_role("button", name="Sign").click()

    def told(self, sentence: str) -> None:
        """The page says so, where a refusal is told."""
        expect(self.page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()


@pytest.fixture
def people(browser: Browser, database_url: str) -> Iterator[Callable[[str, str], Person]]:
    """Lets somebody sign in, with an account of a role."""
    opened = []
    expect.set_options(timeout=60_000)
    with _worker(database_url), served(database_url) as address:

        def comes(name: str, role: str) -> Person:
            with unit_of_work(database_url, by="t") as session:
                password = (
                    give_account(session, key=name, name=name.capitalize(), role=role, at=now())
                    or ""
                )
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(60_000)
            opened.append(context)
            page = context.new_page()
            page.goto(f"{address}/")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{address}/")
            return Person(page=page, address=address, password=password)

        yield comes
        for context in opened:
            context.close()  # fmt: skip


@pytest.mark.slow
def test_from_procurement_to_live_and_through_the_first_review(
    people: Callable[[str, str], Person], database_url: str, tmp_path: Path
) -> None:
    """Refused at each wrong turn with the reason on the page, and done by different people."""
    anna, ben = people("anna", "clinical_lead"), people("ben", "compliance_officer")
    cleo = people("cleo", "compliance_officer")
    _enters_it(ben)
    _evidence_comes(database_url, tmp_path)
    _is_diligent(anna, ben)
    _is_assessed(anna, ben)
    _lacks_what_care_needs(anna)
    _gets_what_care_needs(anna, ben)
    _goes_live(anna, ben, cleo)
    _is_reviewed(anna, ben)


def _entry() -> dict:  # type: ignore[type-arg]
    """The head CT entry, proposed, without a monitoring plan."""
    said = yaml.safe_load((REGISTER / f"{ALGORITHM}.yaml").read_text(encoding="utf-8"))
    said["algorithm"]["clearances"][0]["indications"][0]["reference_standard"] = PANEL
    (deployment,) = said["deployments"]
    for name in ("shadow", "live", "monitoring"):
        deployment.pop(name, None)
    deployment.update(oversight={"clinical_lead": "dr.north"}, scanners=[])
    return said


def _enters(person: Person, said: dict) -> None:  # type: ignore[type-arg]
    person.page.get_by_label("Written as YAML").fill(yaml.safe_dump(said, default_flow_style=False))
    person.page.get_by_role("button", name="Show what it would change").click()


def _enters_it(ben: Person) -> None:
    page = ben.at("/enter")
    wrong = _entry()
    wrong["algorithm"]["purpose"] = "magic"
    _enters(ben, wrong)
    ben.told("'magic' is not one of triage")
    _enters(ben, _entry())
    expect(page.locator("section[aria-labelledby=outlook]")).to_contain_text(
        "deployments[ctbrain-north-ed].version"
    )
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("CT Brain Triage")


def _evidence_comes(url: str, folder: Path) -> None:
    """Two months old and settled: half of the cases positive, each called rightly."""
    day: datetime = (now() - timedelta(days=DAYS_AGO)).replace(microsecond=0)
    files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
    for n in range(CASES):
        uid, ill = {"study_instance_uid": f"1.{n}"}, n % 2 == 0
        files["studies"].append(
            {**STUDY, **uid, "patient_id": f"P{n}", "study_datetime": day.isoformat()}
        )
        files["inferences"].append(
            {
                **INFERENCE,
                **uid,
                "inference_id": f"I{n}",
                "score": "0.9" if ill else "0.1",
                "completed_at": (day + timedelta(minutes=5)).isoformat(),
            }
        )
        files["outcomes"].append(
            {
                **OUTCOME,
                **uid,
                "outcome_id": f"O{n}",
                "patient_id": f"P{n}",
                "evidence": "adjudication_panel",
                "value": "positive" if ill else "negative",
                "occurred_at": (day + timedelta(days=2)).isoformat(),
            }
        )
    with unit_of_work(url, by="t") as session:
        import_batch(raw(session), write(folder / "b", **files), key=b"k", by="t", at=now(), time_zone=None)  # fmt: skip


def _answers(person: Person, item: str, answer: str) -> None:
    card = person.page.locator(f"section[aria-labelledby=item-{item}]")
    card.locator("summary").click()
    card.locator("select").select_option(answer)
    card.get_by_label("What it rests on").fill("Offer of 4 May, page 3")
    card.get_by_role("button", name="Save the answer").click()
    expect(person.page.get_by_role("alert")).to_have_count(0)


def _classifies(person: Person) -> None:
    """Further questions arise from what is answered, until none is left."""
    page = person.at(f"/register/{ALGORITHM}/north/ai-act")
    answered: set[str] = set()
    while (
        open_now := {
            (box.get_attribute("name") or "").removeprefix("reason-")
            for box in page.locator("textarea[name^=reason-]").all()
        }
        - answered
    ):
        for key in open_now:
            page.locator(f"input[name=answer-{key}][value={DEPLOYER[key]}]").check()
            page.locator(f"#reason-{key}").fill("As the instructions for use say.")
        page.get_by_role("button", name="Save the answers").click()
        page.wait_for_load_state()
        answered |= open_now
    expect(page.get_by_text("High-risk, deployer")).to_be_visible()


def _is_diligent(anna: Person, ben: Person) -> None:
    page = anna.at(LIST)
    items = [
        (card.get_attribute("aria-labelledby") or "").removeprefix("item-")
        for card in page.locator("section[aria-labelledby^=item-]").all()
    ]
    _answers(anna, "training", "not_met")
    anna.at(STATE)
    anna.sign(
        page.get_by_label("Propose the next state"), "Label and fleet fit.", choice="assessed"
    )
    anna.told("Its due diligence is not done")
    anna.told("Its AI Act questionnaire was never begun")
    _classifies(anna)
    anna.at("/")
    page.get_by_role("button", name="Bring the figures up to now").click()
    _comes(page, page.get_by_text("Figures as of the data cut"))
    anna.at(LIST)
    not_met = ["training"]
    for item in items:
        if item != "training":
            offered = page.locator(f"#answer-{item} option").evaluate_all(
                "all => all.map(one => one.value)"
            )
            said = next(a for a in ("met", "not_applicable", "not_met") if a in offered)
            not_met += [item] if said == "not_met" else []
            _answers(anna, item, said)
    expect(
        page.get_by_text("Anna answered this; someone else accepts")
        .or_(page.get_by_text("anna answered this; someone else accepts"))
        .first
    ).to_be_visible()
    ben.at(LIST)
    for item in not_met:
        card = ben.page.locator(f"section[aria-labelledby=item-{item}]")
        ben.sign(card.locator("section.signing"), f"We bear with {item}.")
        expect(card).to_contain_text(f"We bear with {item}.")


def _propose(person: Person, to: str, reason: str) -> None:
    person.at(STATE)
    person.sign(person.page.get_by_label("Propose the next state"), reason, choice=to)


def _decision(person: Person) -> Locator:
    person.at(STATE)
    return person.page.get_by_label(re.compile("^Decide on proposal"))


def _stands(person: Person, word: str) -> None:
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(word)


def _is_assessed(anna: Person, ben: Person) -> None:
    _propose(anna, "assessed", "Label and fleet fit.")
    expect(_decision(anna)).to_contain_text("someone else decides")
    ben.sign(_decision(ben), "Read and agreed.", choice="yes")
    _stands(ben, "Assessed")
    _propose(anna, "shadow", "To see it on our scanners.")
    ben.sign(_decision(ben), "Agreed.", choice="yes")
    _stands(ben, "Shadow")


def _lacks_what_care_needs(anna: Person) -> None:
    _propose(anna, "live", "It looks good.")
    for lacking in (
        "No local validation was met and signed",
        "no monitoring plan",
        "No current training",
    ):
        anna.told(lacking)
    _stands(anna, "Shadow")  # fmt: skip


def _gets_what_care_needs(anna: Person, ben: Person) -> None:
    ben.at(f"/enter?algorithm={ALGORITHM}")
    said = yaml.safe_load(ben.page.get_by_label("Written as YAML").input_value())
    said["deployments"][0]["monitoring"] = {"owner": "dr.north", "cadence": "monthly"}
    _enters(ben, said)
    expect(ben.page.locator("section[aria-labelledby=outlook]")).to_contain_text("monthly")
    ben.page.get_by_role("button", name="Record it").click()
    expect(ben.page.get_by_role("heading", name="History")).to_be_visible()

    ben.at("/records")
    ben.page.get_by_text("Put a training on file").click()
    form = ben.page.locator("form[action='/records/trainings']")
    form.get_by_label("Who, as the entry names them").fill("dr.north")
    form.get_by_label("On what").select_option(ALGORITHM)
    form.get_by_label("Completed on").fill((now() - timedelta(days=9)).date().isoformat())
    form.get_by_label("Certificate, course or trainer").fill("Vendor course, certificate 12")
    form.get_by_role("button", name="Put it on file").click()
    expect(ben.page.get_by_role("row").filter(has_text="dr.north")).to_be_visible()

    page = anna.at(VALIDATIONS)
    first, last = (
        (now() - timedelta(days=DAYS_AGO + around)).date().isoformat() for around in (1, -1)
    )
    page.get_by_label("Name of the validation").fill("head-ct")
    page.get_by_label("Population, in a sentence").fill(
        "Consecutive adults with suspected bleeding"
    )
    page.get_by_label("First study day").fill(first)
    page.get_by_label("Last study day").fill(last)
    page.get_by_label("Cases read in mode").select_option("triage")
    page.get_by_label("Sensitivity expected").fill("0.06")
    page.get_by_label("Share of positives expected").fill("0.5")
    page.get_by_label("Your password").fill(anna.password)
    page.get_by_role("button", name="Fix the protocol").click()
    anna.told("accepts less than the label")
    page.get_by_label("Sensitivity expected").fill("0.92")
    page.get_by_label("Your password").fill(anna.password)
    page.get_by_role("button", name="Fix the protocol").click()
    ben.at(VALIDATIONS)
    ben.page.locator("form[action='/validations/head-ct/run'] button").click()
    anna.at(VALIDATIONS)
    expect(page.get_by_label("Sign off head-ct")).to_contain_text("someone else signs it off")
    ben.sign(ben.page.get_by_label("Sign off head-ct"), "All criteria are met.", choice="accepted")
    expect(ben.page.get_by_text("All criteria are met.")).to_be_visible()  # fmt: skip


def _goes_live(anna: Person, ben: Person, cleo: Person) -> None:
    _propose(ben, "live", "Validated on our fleet.")
    ben.told("ben ran or signed the local validation and cannot propose use in care as well")
    _propose(cleo, "live", "Validated on our fleet.")
    expect(_decision(cleo)).to_contain_text("someone else decides")
    ben.sign(_decision(ben), "Agreed.", choice="yes")
    ben.told(
        "ben ran or signed the local validation and cannot let the algorithm into care as well"
    )
    anna.sign(_decision(anna), "Read and agreed.", choice="yes")
    _stands(anna, "Live")


@contextmanager
def _worker(url: str) -> Iterator[None]:
    """A worker beside the pages, as `catamnesis serve` starts one."""
    program = f"from backend.work.worker import work; work({url!r})"
    with subprocess.Popen([sys.executable, "-c", program]) as running:
        yield
        running.terminate()


def _comes(page: Page, awaited: Locator) -> None:
    """Look again until the worker is done."""
    for _ in range(120):
        if awaited.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(awaited).to_be_visible()


def _is_reviewed(anna: Person, ben: Person) -> None:
    page = ben.at("/")
    page.get_by_role("button", name="Bring the figures up to now").click()
    expect(page.locator("#work")).to_contain_text("asked for by ben")
    _comes(page, page.locator("#work", has_text="Done at"))
    ben.at(REVIEW)
    ben.sign(
        page.locator("section[aria-labelledby=open] .signing"),
        "The first review, with the first figures.",
    )
    page.get_by_role("button", name="Gather the sections").click()
    _comes(page, page.get_by_role("heading", name="Conclude and sign"))
    for remark in page.locator("textarea[name=remark][required]").all():
        remark.fill("Nothing to be told.")
    page.get_by_label("Conclusion, with reasons").fill("It works as claimed.")
    page.locator("#decision").select_option("continue")
    latest = page.locator("#next_review").get_attribute("max") or ""
    page.locator("#next_review").fill(latest)
    page.locator("#password-complete").fill("guessed")
    page.get_by_role("button", name="Sign as completed").click()
    ben.told("Name or password is wrong")
    expect(page.get_by_label("Conclusion, with reasons")).to_have_value("It works as claimed.")
    page.locator("#password-complete").fill(ben.password)
    page.get_by_role("button", name="Sign as completed").click()
    expect(page.locator("section[aria-labelledby=decide]")).to_contain_text("completed this review")
    anna.at(REVIEW)
    anna.sign(
        anna.page.locator("section[aria-labelledby=decide] section.signing"),
        "Agreed.",
        choice="yes",
    )
    expect(anna.page.locator("section[aria-labelledby=reviews]")).to_contain_text("Approved")
    anna.at(STATE)
    _stands(anna, "Live")  # fmt: skip
