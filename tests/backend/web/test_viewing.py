"""The pages over HTTP: the same content in HTML and in JSON, and files only from the manifest."""

import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest
from httpx import Client

from backend.web.serving import PortTaken, listen
from backend.web.static_files import plotly_script

PAGES = ("/", "/deployments/ctbrain-north-ed", "/deployments/cytology-lab", "/register",
         "/register/cytology-classifier", "/dossiers")  # fmt: skip
OUTSIDE = (
    "../../../../etc/passwd", "..%2f..%2fsecrets%2fsession", "%2e%2e/%2e%2e/secrets/session",
    "/etc/passwd", "tables/../../manifest.json", "tables", "", "nothing.csv",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_twin_in_json(signed_in: Client, path: str) -> None:
    """Asked by address or by header it is the same, and HTML is what a browser gets."""
    assert (
        signed_in.get(path, headers={"accept": "text/html"})
        .headers["content-type"]
        .startswith("text/html")
    )
    by_address, by_header = (
        signed_in.get(f"{path}?format=json").json(),
        signed_in.get(path, headers={"accept": "application/json"}).json(),
    )
    by_address.pop("at"), by_header.pop("at")
    assert by_address == by_header


def test_the_twin_holds_the_numbers_of_the_page(signed_in: Client) -> None:
    """Each figure of the JSON stands on the page with its interval and its denominator."""
    path = "/deployments/ctbrain-north-ed"
    page, twin = signed_in.get(path).text, signed_in.get(f"{path}?format=json").json()
    for metric in twin["metrics"]:
        for figure in (metric["raw"], metric["corrected"]):
            assert f"<b>{figure['estimate']:.3f}</b>" in page
            assert f"{figure['lower']:.3f} to {figure['upper']:.3f}" in page
            assert f"{figure['n']:,}" in page
    for step in twin["flow"]:
        assert f"<b>{step['n']:,}</b>" in page
    for verdict in twin["verdicts"]:
        assert verdict["badge"]["word"] in page


def test_every_chart_has_words_and_a_table(signed_in: Client) -> None:
    """A chart that nobody can see is still told, and its numbers can be copied."""
    page = signed_in.get("/deployments/ctbrain-north-ed").text
    drawn = page.count("data-plot=")
    assert drawn >= 6
    assert page.count('role="img" aria-label="') == drawn
    assert page.count("Numbers of this chart") == drawn


def test_a_number_is_never_red_or_green(signed_in: Client) -> None:
    """Verdicts carry a word and a shape, not a colour alone."""
    page = signed_in.get("/").text
    assert page.count('<span class="badge ') == page.count('<svg class="icon"')


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/deployments/nowhere", "No deployment &#39;nowhere&#39;"),
        ("/deployments/cytology-lab?finding=gout", "is not cleared for &#39;gout&#39;"),
        ("/register/nobody", "No algorithm &#39;nobody&#39;"),
        ("/dossiers/none/document.pdf", "no such dossier"),
        ("/no-such-page", "There is no such page."),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(signed_in: Client, path: str, says: str) -> None:
    """A page that does not exist says what there is instead."""
    answer = signed_in.get(path)
    assert answer.status_code == 404
    assert says in answer.text


def test_a_download_stands_in_the_audit_trail(signed_in: Client, demo_database_url: str) -> None:
    """The PDF comes as it is on disk, and who took it is written down."""
    row = signed_in.get("/dossiers?format=json").json()["rows"][0]
    answer = signed_in.get(row["documents"][0]["href"])
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    with psycopg.connect(demo_database_url) as pg:
        last = pg.execute(
            "SELECT by, event, subject, after FROM audit_event ORDER BY id DESC LIMIT 1"
        )
        assert last.fetchone() == (
            "demo", "downloaded", f"dossier {row['id']}", {"file": "document.pdf"},
        )  # fmt: skip


def test_every_file_of_a_dossier_can_be_taken(signed_in: Client) -> None:
    """Each link on the page leads to its file."""
    row = signed_in.get("/dossiers?format=json").json()["rows"][0]
    for file in (*row["documents"], *row["annex"]):
        assert signed_in.get(file["href"]).status_code == 200, file["name"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_the_manifest_is_handed_out(
    signed_in: Client, demo_database_url: str, name: str
) -> None:
    """No path leads out of a bundle, and no refused download is written down as one."""
    row = signed_in.get("/dossiers?format=json").json()["rows"][0]
    before = _downloads(demo_database_url)
    host = signed_in.base_url
    plain = HTTPConnection(host.host, host.port, timeout=60)  # httpx would tidy the path up
    cookies = "; ".join(f"{one}={value}" for one, value in signed_in.cookies.items())
    plain.request("GET", f"/dossiers/{row['id']}/{name}", headers={"Cookie": cookies})
    assert plain.getresponse().status == 404
    plain.close()
    assert _downloads(demo_database_url) == before


def test_plotly_comes_from_its_own_wheel(client: Client) -> None:
    """The script is the one that was installed, byte for byte."""
    answer = client.get("/static/plotly.min.js")
    assert answer.content == plotly_script().read_bytes()
    assert client.get("/static/secrets").status_code == 404


def test_serving_starts_without_the_heavy_libraries() -> None:
    """The application and its pages load without pandas, Plotly, SciPy or Evidently."""
    probe = (
        "import sys; import backend.web.app; "
        "print(sorted({'pandas', 'plotly', 'scipy', 'evidently', 'matplotlib', 'typst'} "
        "& {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_taken_port_gives_way_to_the_next() -> None:
    """Serving listens on this machine only, on the next free port if it may, else it is refused."""
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            PortTaken, match=f"Port {port} is in use or closed to you; name another with --port"
        ):
            listen(port)
        with listen(port, tried=50) as found:
            assert found.getsockname()[0] == "127.0.0.1"
            assert found.getsockname()[1] > port
            with socket.create_connection(found.getsockname(), timeout=5):
                pass


def _downloads(url: str) -> int:
    with psycopg.connect(url) as pg:
        row = pg.execute("SELECT count(*) FROM audit_event WHERE event = 'downloaded'").fetchone()
    return int(row[0]) if row else 0


def test_the_register_is_shown_as_of_a_day_and_compared_with_another(signed_in: Client) -> None:
    """Before it was recorded it was not there; since then everything was added; today's empty field is no day."""
    path = "/register/ctbrain-triage"
    assert signed_in.get(f"{path}?as_of=2020-01-01").status_code == 404
    said = signed_in.get(f"{path}?since=2020-01-01&format=json").json()
    assert ("algorithm.name", "nothing") in [(c["field"], c["before"]) for c in said["compared"]]
    page = signed_in.get(f"{path}?since=2020-01-01").text
    assert "What changed from the end of 2020-01-01" in page
    assert signed_in.get(f"{path}?as_of=&since=&format=json").json()["compared"] == []
    assert signed_in.get(f"{path}?since=yesterday").status_code == 422
