"""The register entered in the browser: looked at first, recorded by who may, and nothing typed is lost."""

from collections.abc import Callable

import pytest
import yaml
from httpx import Client, Response

from backend.access import give_account
from backend.clock import now
from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.algorithm import Algorithm
from register.deployment import Deployment
from register.entering import BLANK
from register.indication import Indication
from register.revision import as_known
from register.task import open_tasks
from surveillance.changing_state import what_is_stale
from surveillance.view import view
from tests.journeys.served import token_in

NODULE = "".join(
    line
    for line in (REGISTER / "nodule-ct.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    if not line.startswith("    shadow: ")
)
"""The entry of an algorithm that does not run yet."""
TABLE = "key,name,manufacturer,purpose,specialty,version\nstroke,Stroke Flag,Example Devices,triage,radiology,3.1\n"
Send = Callable[..., Response]


@pytest.fixture
def send(pages: Client) -> Send:
    """Send the form of entering, as text or as a file."""

    def sending(act: str, text: str = "", *, file: tuple[str, str] | None = None) -> Response:
        fields = {"act": act, "text": text, "token": token_in(pages.get("/register").text)}
        if act == "record":
            looked = sending("look", text, file=file).text
            fields["seen"] = looked.split('name="seen" value="')[-1].split('"')[0]
        return pages.post("/enter", data=fields, files={"file": file} if file else None)

    return sending


def algorithms(url: str) -> list[str]:
    with unit_of_work(url, by="t") as session:
        return [one.key for one in as_known(session, Algorithm)]


def test_looking_changes_nothing_and_recording_does(
    come_as, send: Send, pages: Client, registered: str
) -> None:
    """Every field is shown before; afterwards the entry stands there, by whom it was entered, in the trail."""
    come_as("compliance_officer")
    looked = send("look", NODULE)
    assert (looked.status_code, algorithms(registered)) == (200, ["ctbrain-triage"])
    assert "Recording it would add" in looked.text
    assert "deployments[nodule-ct-lidc].use_mode" in looked.text
    recorded = send("record", NODULE)
    assert recorded.headers["location"] == "/register/nodule-ct"
    assert "nodule-ct" in algorithms(registered)
    with unit_of_work(registered, by="t") as session:
        (entry,) = as_known(session, Algorithm, key="nodule-ct")
        assert entry.recorded_by == "ada"
        assert ("ada",) in raw(session).execute(
            "SELECT DISTINCT by FROM audit_event WHERE subject LIKE 'algorithm nodule-ct%'"
        ).fetchall()
    assert "recording it would change nothing" in send("look", NODULE).text


def test_a_change_shows_both_values(come_as, send: Send, pages: Client, registered: str) -> None:
    """The page begins with the entry as it stands; another routing is shown beside the old one, and is recorded as the fact it is."""
    come_as("clinical_lead")
    page = pages.get("/enter", params={"algorithm": "ctbrain-triage"}).text
    assert "routing: CT head" in page
    with unit_of_work(registered, by="t") as session:
        text = catalogue.export(session, "ctbrain-triage").replace("routing: CT", "routing: All CT")
    rows = send("look", text).text.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.count("<tr>") == 1
    for part in ("deployments[ctbrain-north-ed].routing", "CT head", "All CT head"):
        assert part in rows
    send("record", text)
    with unit_of_work(registered, by="t") as session:
        assert [d.routing[:6] for d in as_known(session, Deployment)] == ["All CT"]


def test_a_table_comes_as_a_file(come_as, send: Send, registered: str) -> None:
    """An inventory is looked at, carried in the form, and recorded."""
    come_as("compliance_officer")
    looked = send("look", file=("inventory.csv", TABLE))
    assert "Stroke Flag" in looked.text
    assert 'name="name" value="inventory.csv"' in looked.text
    assert send("record", file=("inventory.csv", TABLE)).status_code == 303
    assert "stroke" in algorithms(registered)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("algorithm: [", "line 1: not readable as YAML"), ("", "There is nothing to enter"),
        (BLANK.read_text(encoding="utf-8"), "entry.yaml: "),
        (NODULE.replace("purpose: ", "purpose: cooking # "), "purpose"),
    ],
)  # fmt: skip
def test_a_fault_is_named_and_the_text_stays(
    come_as, send: Send, registered: str, text: str, says: str
) -> None:
    """Place, value and remedy on the page, with what was typed still in the field."""
    come_as("compliance_officer")
    for act in ("look", "record"):
        refused = send(act, text)
        assert refused.status_code == 403
        assert 'role="alert"' in refused.text
        assert says in refused.text
        for line in text.splitlines()[:1]:
            assert (
                line.replace('"', "&#34;").replace("<", "&lt;").replace(">", "&gt;") in refused.text
            )
    assert algorithms(registered) == ["ctbrain-triage"]


def test_who_may_not_enter_is_told(come_as, send: Send, pages: Client, registered: str) -> None:
    """An integrator sees no form, and the server refuses one that is sent all the same."""
    come_as("integrator")
    assert (
        "A compliance officer or clinical lead enters into the register."
        in pages.get("/enter").text
    )
    assert send("record", NODULE).status_code == 403
    assert algorithms(registered) == ["ctbrain-triage"]


def test_an_account_of_one_site_enters_nothing_about_another(
    come_as, send: Send, registered: str
) -> None:
    """The deployment of the entry is elsewhere."""
    come_as("compliance_officer", "north")
    assert "is limited to north and enters nothing about lidc" in send("record", NODULE).text
    assert algorithms(registered) == ["ctbrain-triage"]


def test_a_form_from_elsewhere_records_nothing(come_as, pages: Client, registered: str) -> None:
    """The token is asked for."""
    come_as("compliance_officer")
    refused = pages.post("/enter", data={"act": "record", "text": NODULE, "token": "x"})
    assert (refused.status_code, algorithms(registered)) == (403, ["ctbrain-triage"])


def test_only_what_was_looked_at_is_recorded(
    come_as, send: Send, pages: Client, registered: str
) -> None:
    """Without a look, after another text, or after the register changed, recording is refused and nothing lost."""
    come_as("compliance_officer")
    token = token_in(pages.get("/register").text)
    looked = send("look", NODULE).text
    seen = looked.split('name="seen" value="')[1].split('"')[0]
    other = NODULE.replace("use_mode: second_reader", "use_mode: concurrent")
    for text, digest in ((NODULE, ""), (other, seen)):
        form = {"act": "record", "text": text, "seen": digest, "token": token}
        refused = pages.post("/enter", data=form)
        assert (refused.status_code, "Look again" in refused.text) == (403, True)
    with unit_of_work(registered, by="t") as session:
        catalogue.record(session, catalogue.understood(NODULE, "nodule"), by="t", at=now())
    form = {"act": "record", "text": NODULE, "seen": seen, "token": token}
    assert "Look again" in pages.post("/enter", data=form).text


def test_a_key_of_another_site_is_refused(come_as, send: Send, registered: str) -> None:
    """An account of one site does not see it, and is told to choose another."""
    with unit_of_work(registered, by="t") as session:
        catalogue.record(session, catalogue.read(REGISTER / "nodule-ct.yaml"), by="t", at=now())
    come_as("compliance_officer", "north")
    text = NODULE.replace("lidc", "north").replace("nodule-ct-north", "nodule-ct-lidc")
    assert "belongs to another site" in send("look", text).text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"live": {"from": "2026-11-01"}}, "deployments.nodule-ct-lidc.live: whether it runs is decided on the page of its state"),
        ({"site": "nowhere"}, "deployments.nodule-ct-lidc.site: 'nowhere' is not a site of the register"),
    ],
)  # fmt: skip
def test_entering_makes_nothing_run_and_no_site_up(
    come_as, send: Send, registered: str, change: dict[str, object], says: str
) -> None:
    """One person at a screen describes; two decide, elsewhere."""
    come_as("compliance_officer")
    said = yaml.safe_load(NODULE)
    said["deployments"][0].update(change)
    refused = send("look", yaml.safe_dump(said))
    assert says in refused.text.replace("&#39;", "'")
    assert algorithms(registered) == ["ctbrain-triage"]


@pytest.fixture
def wider(registered: str) -> str:
    """The entry of the head CT, which is live for adults, with children let in."""
    with unit_of_work(registered, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, "ctbrain-triage"))
    (indication,) = said["algorithm"]["clearances"][0]["indications"]
    indication["scope"]["patient_age"] = {"min": 0, "unit": "years"}
    return yaml.safe_dump(said)


def youngest(url: str) -> str:
    with unit_of_work(url, by="t") as session:
        (indication,) = as_known(session, Indication)
        return str(indication.scope["patient_age"])


def test_what_runs_is_not_used_for_more_by_one_person(
    come_as, send: Send, registered: str, wider: str
) -> None:
    """Looking shows whose label it is; nobody records it alone, whatever is sent."""
    come_as("compliance_officer")
    before = youngest(registered)
    looked = send("look", wider)
    assert "ctbrain-north-ed is live under it" in looked.text
    assert 'value="record"' not in looked.text
    refused = send("record", wider)
    assert (refused.status_code, youngest(registered)) == (403, before)
    assert "Propose the change on the page Enter" in refused.text


def test_a_validity_that_something_runs_under_is_a_label_too(
    come_as, send: Send, registered: str
) -> None:
    """A later expiry keeps it running; an indication of its own may be added by one person."""
    come_as("compliance_officer")
    with unit_of_work(registered, by="t") as session:
        text = catalogue.export(session, "ctbrain-triage")
    assert (
        "ctbrain-north-ed is live under it"
        in send("look", text.replace("2027-10-31", "2035-10-31")).text
    )
    said = yaml.safe_load(text)
    (indication,) = said["algorithm"]["clearances"][0]["indications"]
    said["algorithm"]["clearances"][0]["indications"].append({**indication, "key": "ich-child"})
    assert 'value="record"' in send("look", yaml.safe_dump(said)).text


def test_what_runs_is_given_no_other_indication_by_one_person(
    come_as, send: Send, registered: str
) -> None:
    """Adding one for children beside the label is free; letting the live deployment use it is a change of what it is used for."""
    come_as("compliance_officer")
    with unit_of_work(registered, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, "ctbrain-triage"))
    indications = said["algorithm"]["clearances"][0]["indications"]
    scope = {**indications[0]["scope"], "patient_age": {"min": 0, "unit": "years"}}
    indications.append({**indications[0], "key": "kids", "scope": scope})
    (deployment,) = (d for d in said["deployments"] if d["key"] == "ctbrain-north-ed")
    deployment["indications"] = ["kids"]
    looked = send("look", yaml.safe_dump(said))
    assert (
        "deployments[ctbrain-north-ed].indications: ctbrain-north-ed is live under it"
        in looked.text
    )
    assert 'value="record"' not in looked.text
    assert send("record", yaml.safe_dump(said)).status_code == 403


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("minimum_positives: 60", "minimum_positives: 5", "acceptance.minimum_positives"),
        ("level: 0.95", "level: 0.5", "acceptance.sensitivity.level"),
        ("compliance: compliance", "compliance: someone", "oversight.compliance"),
    ],
)
def test_what_use_in_care_was_let_on_is_not_changed_by_one_person(
    come_as, send: Send, pages: Client, registered: str, old: str, new: str, field: str
) -> None:  # fmt: skip
    """Criteria, the fewest positives and the people who answer for it are proposed and decided on as a label is."""
    password = come_as("compliance_officer")
    with unit_of_work(registered, by="t") as session:
        text = catalogue.export(session, "ctbrain-triage")
    assert old in text
    text = text.replace(old, new)
    looked = send("look", text)
    assert f"deployments[ctbrain-north-ed].{field}: ctbrain-north-ed is live under it" in looked.text  # fmt: skip
    refused = send("record", text)
    assert (refused.status_code, "one person does not change it. Propose" in refused.text) == (403, True)  # fmt: skip
    form = {
        "act": "propose", "text": text, "reason": "As agreed", "password": password,
        "seen": looked.text.split('name="seen" value="')[1].split('"')[0],
        "token": token_in(pages.get("/register").text),
    }  # fmt: skip
    assert pages.post("/enter", data=form).headers["location"] == "/label-changes/1"


def test_a_live_deployment_of_another_algorithm_is_not_taken_over_by_one_person(
    come_as, send: Send, registered: str
) -> None:
    """An entry of something else that names its key is a change of what runs there."""
    come_as("compliance_officer")
    looked = send("look", NODULE.replace("nodule-ct-lidc", "ctbrain-north-ed"))
    assert 'value="record"' not in looked.text


def test_the_errors_of_others_do_not_lock_the_kill_switch(
    come_as, pages: Client, registered: str
) -> None:
    """Five wrong passwords of one person lock that person's signing; another one at the same address suspends at once."""
    come_as("compliance_officer")
    place = "/deployments/ctbrain-north-ed/suspend"
    token = token_in(pages.get("/register").text)
    form = {"reason": "Missed bleeds", "password": "wrong", "token": token}
    said = [pages.post(place, data=form).text for _ in range(6)]
    assert "Too many wrong passwords" in said[-1]
    with unit_of_work(registered, by="t") as session:
        other = give_account(
            session, key="ben", name="Ben", role="clinical_lead", sites=(), at=now()
        )
    with Client(base_url=pages.base_url, timeout=120) as ben:
        token = token_in(ben.get("/sign-in").text)
        ben.post("/sign-in", data={"account": "ben", "password": other, "token": token})
        form |= {"password": str(other), "token": token_in(ben.get("/register").text)}
        assert ben.post(place, data=form).status_code == 303


def test_what_was_taken_over_is_stale_once_its_routing_changes(
    come_as, send: Send, registered: str
) -> None:
    """It was let run without a decision here, and is held against what was stated when it was taken over."""
    come_as("clinical_lead")
    with unit_of_work(registered, by="t") as session:
        text = catalogue.export(session, "ctbrain-triage")
        assert what_is_stale(session, view(session, "ctbrain-north-ed"), now().date()) == ()
    send("record", text.replace("routing: CT", "routing: All CT"))
    with unit_of_work(registered, by="t") as session:
        known = view(session, "ctbrain-north-ed")
        assert what_is_stale(session, known, now().date()) == ("routing changed",)


def test_two_people_change_the_label_and_what_was_approved_is_stale(
    come_as, send: Send, pages: Client, registered: str, wider: str
) -> None:
    """Proposed with a reason and a password, not decided by its author, approved by another, recorded then."""
    password = come_as("compliance_officer")
    before = youngest(registered)
    seen = send("look", wider).text.split('name="seen" value="')[1].split('"')[0]
    token = token_in(pages.get("/register").text)
    form = {"act": "propose", "text": wider, "seen": seen, "reason": "The label was widened", "token": token}  # fmt: skip
    wrong = pages.post("/enter", data={**form, "password": "wrong"})
    assert (wrong.status_code, "The label was widened" in wrong.text) == (403, True)
    proposed = pages.post("/enter", data={**form, "password": password})
    place = proposed.headers["location"]
    assert place == "/label-changes/1"
    assert youngest(registered) == before
    page = pages.get(place).text
    for said in (
        "patient_age",
        "stored studies since",
        "The label was widened",
        "someone else decides",
    ):
        assert said in page
    assert place in pages.get("/register/ctbrain-triage").text
    assert "Someone else decides" in pages.get("/inbox").text
    assert "is still open" in pages.post("/enter", data={**form, "password": password}).text
    decision = {"approve": "yes", "reason": "IFU read", "token": token, "password": password}
    assert "proposed this and cannot decide" in pages.post(place, data=decision).text
    with unit_of_work(registered, by="t") as session:
        other = give_account(
            session, key="ben", name="Ben", role="clinical_lead", sites=(), at=now()
        )
    with Client(base_url=pages.base_url, timeout=120) as ben:
        token = token_in(ben.get("/sign-in").text)
        ben.post("/sign-in", data={"account": "ben", "password": other, "token": token})
        decision |= {"token": token_in(ben.get("/register").text), "password": other}
        assert ben.post(place, data=decision).status_code == 303
        assert "approved and recorded" in ben.get(place).text
    assert youngest(registered) != before
    with unit_of_work(registered, by="t") as session:
        known = view(session, "ctbrain-north-ed")
        assert what_is_stale(session, known, now().date()) == ("label of 'ich-adult' changed",)
        kinds = [task.kind for task in open_tasks(session)]
        assert ("revalidation" in kinds, "label_change" in kinds) == (True, False)


def test_an_account_of_one_site_changes_no_clearance(come_as, send: Send, registered: str) -> None:
    """Others may run under it, which this account does not see."""
    come_as("compliance_officer", "north")
    with unit_of_work(registered, by="t") as session:
        text = catalogue.export(session, "ctbrain-triage")
    assert send("look", text.replace("threshold: 0.62", "threshold: 0.7")).status_code == 200
    refused = send("look", text.replace("2027-10-31", "2035-10-31"))
    assert "limited to north and changes no clearance" in refused.text
