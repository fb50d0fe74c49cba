"""What a clinical lead, a compliance officer and an auditor do here, in a real browser with the network off."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import Seat

pytestmark = pytest.mark.slow
CT = "/deployments/ctbrain-north-ed"
PAGES = (
    "/", CT, "/deployments/cytology-lab", "/register", "/register/ctbrain-triage", "/dossiers",
    "/register/ctbrain-triage/north/due-diligence", "/register/ctbrain-triage/north/ai-act",
    "/register/cytology-classifier/intended-use", "/inbox", "/signals/1", "/signals/1/cases", "/records", "/enter", "/enter?algorithm=ctbrain-triage",
    f"{CT}/analyses", f"{CT}/validations", f"{CT}/lifecycle", f"{CT}/review", f"{CT}/held", f"{CT}/plan", f"{CT}/charts",
)  # fmt: skip
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_who_is_not_signed_in_sees_the_form(seat: Seat) -> None:
    """Any address leads to the form, and from there back to where one wanted to go."""
    seat.page.goto(f"{seat.address}/register")
    expect(seat.page.get_by_role("heading", name="Sign in")).to_be_visible()
    seat.page.get_by_label("Name").fill("demo")
    seat.page.get_by_label("Password").fill(seat.password)
    seat.page.keyboard.press("Enter")
    expect(seat.page.get_by_role("heading", name="Register")).to_be_visible()


def test_a_clinical_lead_follows_a_signal_to_its_charts(seat: Seat) -> None:
    """Watch tells real from simulated; a signal says why, can be acted on, and leads to the charts of its deployment."""
    seat.sign_in()
    page = seat.page
    rows = page.locator("table.watch tbody tr")
    expect(rows.filter(has_text="ctbrain-north-ed")).to_contain_text("SIMULATED")
    expect(rows.filter(has_text="cytology-lab")).to_contain_text("REAL, dates simulated")
    expect(page.locator("th.agreement", has_text="not accuracy")).to_be_visible()
    expect(page.locator(".signal", has_text="New scanner model Aquilion ONE")).to_be_visible()
    signal = page.locator(".signal", has_text="SOMATOM Force")
    expect(signal).to_contain_text("What to do")
    signal.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Signal")
    expect(page.get_by_role("button", name="Record the step")).to_be_visible()
    page.get_by_role("link", name="Charts of ctbrain-north-ed").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Charts of the plan")
    assert seat.drawn() == 1
    page.get_by_role(
        "link", name="Sensitivity where device serial number is 73211 (SOMATOM Force)"
    ).click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("73211")
    expect(page.locator("#chart svg, figure svg").first).to_be_attached()
    expect(page.locator("#content")).to_contain_text("It most likely began on")
    page.get_by_role("link", name="ctbrain-north-ed").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("CT Brain Triage")
    assert seat.drawn() >= 6
    for place in page.locator("[data-plot]").all():
        assert place.locator("svg.main-svg").count() >= 1
    expect(page.locator("#chart-sensitivity-by-month svg .errorbar").first).to_be_attached()
    expect(page.locator("#chart-sensitivity-by-month")).to_contain_text("claim 0.92")


def test_a_step_about_a_signal_asks_only_for_what_it_needs(seat: Seat) -> None:
    """Seeing it needs a reason alone; putting it off a day; linking a kind and a number."""
    seat.sign_in()
    seat.go("/signals/1")
    page = seat.page
    fields = {name: page.locator(f"#{name}") for name in ("to", "kind", "until", "reason")}
    for step, asked in (
        ("acknowledged", ""),
        ("put off", "until"),
        ("linked", "to kind"),
        ("settled", ""),
    ):
        page.get_by_label("Step").select_option(step)
        shown = {name for name, field in fields.items() if field.is_visible()}
        assert shown == {"reason", *asked.split()}, step


def test_a_clinical_lead_sees_what_a_plan_costs_while_writing_it(seat: Seat) -> None:
    """The shares follow the typing; tried on the history, the plan says what it would have rung, and when."""
    seat.sign_in()
    seat.go(f"{CT}/plan")
    page = seat.page
    row = page.locator("table.rules tbody tr").first
    expect(row.locator("[data-gets]")).to_have_text("0.0343")
    page.get_by_label("False alarms a year for the whole deployment").fill("0.5")
    expect(row.locator("[data-gets]")).to_have_text(re.compile(r"^0\.015"))
    expect(page.locator("[data-total]")).to_have_text(re.compile(r"^0\.39"))
    expect(page.locator("[data-whole]")).to_have_text("0.5")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("false ones are to be expected in so long")).to_be_visible()
    expect(page.locator("#content")).to_contain_text(
        "where device serial number is 73211 (SOMATOM Force) from"
    )
    expect(page.locator("table.rules tbody tr").first).to_contain_text("days")
    expect(page.get_by_role("button", name="Put it in force")).to_be_visible()


def test_evidently_draws_its_report_in_its_sandbox(seat: Seat) -> None:
    """In a tab of its own, with every attribute and its charts; nothing is asked of elsewhere."""
    seat.sign_in()
    seat.go(CT)
    with seat.page.context.expect_page() as opened:
        seat.page.get_by_role("link", name="Evidently's own report").click()
    report = opened.value
    expect(report.get_by_text("manufacturer_model_name").first).to_be_visible(timeout=120_000)
    expect(report.get_by_text("Drift").first).to_be_visible()
    assert report.evaluate("window.origin") == "null"
    report.close()


def test_a_chart_shows_the_numbers_of_its_table(seat: Seat) -> None:
    """What Plotly drew is what stands in the table under the chart."""
    seat.sign_in()
    seat.go(CT)
    drawn = seat.page.evaluate(
        "document.querySelector('#chart-sensitivity-by-month [data-plot]').data"
        ".filter(s => s.error_y).flatMap(s => s.y.map(y => y.toFixed(3)))"
    )
    seat.page.locator("#chart-sensitivity-by-month summary").click()
    table = seat.page.locator(
        "#chart-sensitivity-by-month tbody tr td:nth-child(2)"
    ).all_inner_texts()
    assert sorted(drawn) == sorted(cell for cell in table if cell != "–")


def test_a_compliance_officer_compares_sentence_and_scope(seat: Seat) -> None:
    """The register leads to an entry with the manufacturer's sentence beside the executable clauses."""
    seat.sign_in()
    seat.page.get_by_role("link", name="Register").click()
    expect(seat.page.locator("tr", has_text="CT Brain Triage")).to_contain_text("In use")
    seat.page.get_by_role("link", name="CT Brain Triage (fictional)").click()
    expect(seat.page.get_by_text("Non-contrast head CT of adults")).to_be_visible()
    expect(seat.page.get_by_text("patient_age at least 18 years")).to_be_visible()
    expect(seat.page.get_by_role("heading", name="History")).to_be_visible()


def test_an_auditor_takes_a_dossier(seat: Seat, tmp_path: Path) -> None:
    """PDF and JSON come down as files that are what they say."""
    seat.sign_in()
    seat.page.get_by_role("link", name="Dossiers").click()
    for name, check in (("PDF", _is_pdf), ("JSON", _is_json)):
        with seat.page.expect_download() as started:
            seat.page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        check(path)


def test_a_table_sorts_by_keyboard_and_says_so(seat: Seat) -> None:
    """A sortable head is a button; it sorts, turns, and says which way it stands."""
    seat.sign_in()
    seat.page.locator("table.watch thead button", has_text="Sensitivity").focus()
    orders = []
    for direction in ("ascending", "descending"):
        seat.page.keyboard.press("Enter")
        head = seat.page.locator("table.watch th", has_text="Sensitivity")
        expect(head).to_have_attribute("aria-sort", direction)
        cells = seat.page.locator("table.watch td[data-label=Sensitivity]").all()
        orders.append([float(cell.get_attribute("data-value") or "nan") for cell in cells])
    assert orders[0] == sorted(orders[0])
    assert orders[1] == orders[0][::-1]


def test_the_first_key_leads_past_the_menu(seat: Seat) -> None:
    """Tab finds the skip link first, and it moves the focus to the content."""
    seat.sign_in()
    seat.page.keyboard.press("Tab")
    expect(seat.page.get_by_role("link", name="Skip to content")).to_be_focused()
    seat.page.keyboard.press("Enter")
    expect(seat.page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("width", [400, 640])
def test_a_narrow_screen_loses_nothing(seat: Seat, width: int) -> None:
    """On a phone, and at 200 % zoom of a desk's screen, no page scrolls sideways."""
    seat.page.set_viewport_size({"width": width, "height": 800})
    seat.sign_in()
    for path in PAGES:
        seat.go(path)
        assert seat.page.evaluate(WIDER) <= 0, path


def test_every_page_is_built_for_those_who_listen(seat: Seat) -> None:
    """One main heading, no level left out, a caption on every table, a name on every control."""
    seat.sign_in()
    for path in PAGES:
        seat.go(path)
        levels = seat.page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
        )
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        bare = seat.page.evaluate(
            "[...document.querySelectorAll('table')].filter(t => !t.caption).length"
        )
        assert bare == 0, path
        nameless = seat.page.evaluate(
            "[...document.querySelectorAll('a, button, input:not([type=hidden])')]"
            ".filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).length"
        )
        assert nameless == 0, path


def test_paper_shows_the_page_without_its_controls(seat: Seat) -> None:
    """In print the menu and the buttons are gone, the figures and heads of tables stay."""
    seat.sign_in()
    seat.go(CT)
    seat.page.emulate_media(media="print")
    expect(seat.page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(seat.page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(seat.page.locator("#chart-sensitivity-by-month svg.main-svg").first).to_be_visible()
    heads = seat.page.locator("thead").first.evaluate("h => getComputedStyle(h).display")
    assert heads == "table-header-group"
    assert seat.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_signing_out_closes_the_pages(seat: Seat) -> None:
    """After signing out, going back shows the form and no figure."""
    seat.sign_in()
    seat.page.get_by_role("button", name="Sign out").click()
    expect(seat.page.get_by_role("heading", name="Sign in")).to_be_visible()
    seat.page.goto(f"{seat.address}/")
    expect(seat.page.get_by_role("heading", name="Sign in")).to_be_visible()


def _is_pdf(path: Path) -> None:
    assert path.read_bytes().startswith(b"%PDF")


def _is_json(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))["kind"]


def test_no_page_breaks_a_rule_of_axe(seat: Seat) -> None:
    """axe-core finds nothing against WCAG 2.1 A and AA on any page."""
    seat.sign_in()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for path in PAGES:
        seat.go(path)
        said = Axe().run(seat.page, options=rules).response
        found = said["violations"]
        assert len(said["passes"]) > 10, path
        assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == [], path
