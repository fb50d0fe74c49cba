"""The command line from outside: what it says, its JSON, its exit codes."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.commands.telling import counted, tell_table
from demo.sources import REGISTER
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.confirmed import confirmed

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database_url: str, home: Path, catamnesis: Path) -> Run:
    """Run `catamnesis …` as a person would, on a database of this test's own."""

    def running(*words: str, database: str = database_url) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "CATAMNESIS_DATABASE_URL": database,
            "CATAMNESIS_HOME": str(home),
        }
        return subprocess.run(
            [catamnesis, *words], env=environment, capture_output=True, text=True, check=False
        )

    return running


def test_the_chain_from_register_to_figures(run: Run, tmp_path: Path) -> None:
    """Import a register entry and a batch, cycle, and read the performance as JSON."""
    batch = write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], outcomes=[OUTCOME])
    assert run("register", "import", str(REGISTER / "ctbrain-triage.yaml")).returncode == 0
    assert run("evidence", "import", str(batch)).returncode == 0
    cycled = run("cycle", "--json")
    assert json.loads(cycled.stdout)["judged"]["ctbrain-north-ed"]["cases"] == 1
    found = json.loads(
        run("performance", "ctbrain-north-ed", "--by", "patient_sex", "--json").stdout
    )
    assert found["counts"] == {"tp": 1, "fp": 0, "fn": 0, "tn": 0, "indeterminate": 0}
    assert [stratum["level"] for stratum in found["strata"]] == ["not known"]
    assert run("audit", "verify").returncode == 0


def test_figures_of_verified_positives_only_are_called_raw(run: Run, tmp_path: Path) -> None:
    """Why nothing is identifiable stands above the table, and the corrected rows say so."""
    other = {**STUDY, "study_instance_uid": "1.2.4", "patient_id": "P2"}
    negative = {**INFERENCE, "inference_id": "I2", "study_instance_uid": "1.2.4", "score": "0.1"}
    batch = write(tmp_path / "b", studies=[STUDY, other], inferences=[INFERENCE, negative], outcomes=[OUTCOME])  # fmt: skip
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    run("evidence", "import", str(batch))
    told = run("performance", "ctbrain-north-ed", "--as-of", "2032-01-01").stdout
    reason, figures = told.index("Not identifiable"), told.index("Performance against")
    assert reason < figures < told.index("sensitivity, raw") < told.index("sensitivity, corrected")
    assert "not identifiable" in told[figures:]


def test_a_deployment_without_cases_is_told_so(run: Run) -> None:
    """No analysis is no empty page."""
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    told = run("analysis", "ctbrain-north-ed")
    assert (
        told.returncode,
        told.stdout.startswith("Nothing is asked of ctbrain-north-ed yet"),
    ) == (0, True)


def test_restatements_are_asked_for_by_name(run: Run, tmp_path: Path) -> None:
    """As a table and as JSON, beside the other analyses."""
    batch = write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], outcomes=[OUTCOME])
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    run("evidence", "import", str(batch))
    asked = ("analysis", "ctbrain-north-ed", "restatements")
    assert "No case whose truth was known has been restated so far." in run(*asked).stdout
    assert json.loads(run(*asked, "--json").stdout) == {"cases": 0, "changes": []}
    assert "restatements" in json.loads(run(*asked[:2], "--json").stdout)


def test_quarantine_has_an_exit_code_of_its_own(run: Run, tmp_path: Path) -> None:
    """Rows that wait make the exit code 3 and are told with their place."""
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    folder = write(tmp_path / "b", studies=[{**STUDY, "site": "south"}])
    (folder / "batch.yaml").unlink()
    done = run("evidence", "import", str(folder))
    assert done.returncode == 3
    assert "Note: no batch.yaml: taken as real evidence of source b." in done.stdout
    assert "studies.csv, line 2, column site: site 'south' is not in the register" in done.stdout
    status = json.loads(run("evidence", "status", "--json").stdout)
    assert status["quarantine"][0]["value"] == "south"


def test_what_cannot_be_done_is_a_sentence(run: Run) -> None:
    """A refusal is one sentence on standard error and exit code 1, without a traceback."""
    done = run("performance", "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("catamnesis: No deployment 'nowhere'")
    assert "Traceback" not in done.stderr
    days = ("--from", "2027-01-01", "--to", "2026-01-01")
    for words in (("performance", "x"), ("dossier", "build", "x", "--deployment", "x")):
        done = run(*words, *days)
        assert done.returncode == 1
        assert "--from 2027-01-01 lies after --to 2026-01-01" in done.stderr


def test_a_table_breaks_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    """Codes and paths can be copied however narrow the screen is; marks in brackets are shown."""
    long = "intracranial_haemorrhage" * 8
    tell_table(
        "Told", ("finding", "value", "words"), [(long, "[identifier]", "so many words " * 20)]
    )
    told = capsys.readouterr().out
    assert long in told
    assert "[identifier]" in told
    assert [counted(n, "new signal") for n in (0, 1, 2)] == [
        "0 new signals", "1 new signal", "2 new signals",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("age", "code", "told"),
    [("054Y", 10, "setting"), ("009Y", 10, "patient_age is 9")],
)
def test_scope_check_reads_a_dicom_file(
    run: Run, database_url: str, tmp_path: Path, age: str, code: int, told: str
) -> None:
    """A head CT is judged from its header once two people confirmed the takeover; the exit code says in, out or undeterminable."""
    from pydicom import dcmread
    from pydicom.data import get_testdata_file

    study = dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    study.BodyPartExamined, study.PatientAge, study.SliceThickness = "HEAD", age, "3"
    study.Manufacturer = "SIEMENS"
    del study.ContrastBolusAgent
    study.save_as(tmp_path / "head.dcm")
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    words = ["scope", "check", str(tmp_path / "head.dcm"), "--deployment", "ctbrain-north-ed"]
    assert "two people have not confirmed that" in run(*words).stdout
    confirmed(database_url)
    outpatient = run(*words, "--setting", "outpatient")
    assert outpatient.returncode == code
    assert told in outpatient.stdout
    emergency = run(*words, "--setting", "emergency", "--json")
    (decision,) = json.loads(emergency.stdout)["decisions"]
    assert (decision["scope"], emergency.returncode) == (
        ("in", 0) if age == "054Y" else ("out", 10)
    )
    if age == "054Y":
        assert run(*words).returncode == 11


def test_scope_check_of_no_dicom_file_is_refused(run: Run, tmp_path: Path) -> None:
    """A text file is told as not readable."""
    (tmp_path / "x.dcm").write_text("not DICOM")
    done = run("scope", "check", str(tmp_path / "x.dcm"))
    assert done.returncode == 1
    assert "not readable as a DICOM file" in done.stderr


def test_qualify_passes_as_shipped_and_fails_loudly(run: Run, tmp_path: Path) -> None:
    """The shipped cases pass; an auditor's case with another expectation makes the exit code 1."""
    done = run("qualify", "--json")
    cases = json.loads(done.stdout)["cases"]
    assert done.returncode == 0
    assert run("qualify").stdout == f"{len(cases)} cases passed, 0 failed.\n"
    assert len(cases) > 100
    assert all(case["passed"] for case in cases)
    wrong = [{"id": "x", "method": "wilson", "inputs": {"successes": 9, "trials": 10},
              "expected": {"estimate": 0.8}, "abs_tol": 0.01, "source": "wrong on purpose"}]  # fmt: skip
    (tmp_path / "cases.json").write_text(json.dumps(wrong))
    failed = run("qualify", "--cases", str(tmp_path / "cases.json"), "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["cases"][0]["got"] == {"estimate": 0.9}


def test_the_register_as_commands_show_it(run: Run) -> None:
    """List, show and export speak of the same entry."""
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    listed = json.loads(run("register", "list", "--json").stdout)
    assert [row["key"] for row in listed] == ["ctbrain-triage"]
    shown = json.loads(run("register", "show", "ctbrain-triage", "--json").stdout)
    assert shown["algorithm"]["key"] == "ctbrain-triage"
    assert run("register", "export", "ctbrain-triage").stdout.startswith("algorithm:")
    ahead = run("register", "show", "ctbrain-triage", "--as-of", "2099-01-01")
    assert (ahead.returncode, "2099-01-01 lies ahead" in " ".join(ahead.stderr.split())) == (
        2,
        True,
    )
    told = run("register", "show", "ctbrain-triage").stdout
    assert "patient_age at least 18 years" in told
    assert "Non-contrast head CT of adults" in told


def test_a_password_of_the_database_is_not_shown(run: Run) -> None:
    """`database url` leaves out the password."""
    done = run("database", "url", "--json", database="postgresql://u:s3cret@localhost:1/x")
    assert "s3cret" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["embedded"] is False


def test_a_review_is_refused_at_each_wrong_turn(run: Run) -> None:
    """By an unknown decision, a remark without its section, a wrong password, or before anything was gathered."""
    run("register", "import", str(REGISTER / "ctbrain-triage.yaml"))
    made = run("account", "add", "ben", "--role", "compliance_officer", "--json")
    signs = ("--account", "ben", "--password", json.loads(made.stdout)["password"])
    assert json.loads(run("review", "list", "--json").stdout) == []
    wrong = run("review", "open", "ctbrain-north-ed", "--reason", "New scanners.", *signs[:3], "guessed")  # fmt: skip
    assert (wrong.returncode, "Name or password is wrong" in wrong.stderr) == (1, True)
    assert run("review", "open", "ctbrain-north-ed", "--reason", "New scanners.", *signs).returncode == 0  # fmt: skip
    (found,) = json.loads(run("review", "list", "--json").stdout)
    assert (found["deployment"], found["standing"]) == ("ctbrain-north-ed", "open")
    number, said = str(found["review"]), ("--conclusion", "Works as claimed.", *signs)
    for words, says in (
        (("complete", number, "--decision", "stop", *said), "'stop' cannot be decided"),
        (("complete", number, "--decision", "retire", "--remark", "None.", *said), "the number of its section"),
        (("complete", number, "--decision", "retire", *said), "run one on the page Watch"),
        (("gather", number), "run one on the page Watch"),
        (("approve", number, "--reason", "Agreed.", *signs), "is not completed"),
        (("approve", "77", "--reason", "Agreed.", *signs), "There is no scope review 77"),
    ):  # fmt: skip
        refused = run("review", *words)
        assert (refused.returncode, says in refused.stderr) == (1, True), refused.stderr


def test_a_plan_is_tried_on_the_history_of_a_deployment(
    run: Run, demo_database_url: str, tmp_path: Path
) -> None:
    """The fault of the demo year would have rung on its scanner, at a stated rate; a plan of one's own is read or refused."""
    tried = json.loads(
        run("plan", "back-test", "ctbrain-north-ed", "--json", database=demo_database_url).stdout
    )
    assert 0 < tried["false_alarms_stated"] < 1
    rang = {chart["chart"] for chart in tried["charts"] if chart["rang"]}
    assert "sensitivity on 73211" in rang
    assert not rang & {
        "sensitivity on 66120",
        "sensitivity on REV40812",
        "reference",
        "missingness",
    }
    loss = [a for a in tried["alarms"] if a["told_as"] == "performance loss"]
    assert all("the reference window leads to expect" in alarm["sentence"] for alarm in loss)
    own = tmp_path / "plan.yaml"
    own.write_text(
        "false_alarms_per_year: 0.2\nrules: [{watch: specificity, by: manufacturer_model_name}]"
    )
    told = run(
        "plan", "back-test", "ctbrain-north-ed", "--plan", str(own), database=demo_database_url
    ).stdout
    assert "specificity on SOMATOM Force" in told
    assert "0 alarms in" in told
    for written, says in (
        ("rules: [{watch: colour}]", "rules.0: watch is 'colour'; use one of sensitivity"),
        ("[1]", "A plan is written as under `monitoring:`"), ("a: [", "plan.yaml: not readable as YAML"),
        ("reference: {from: 2026-01-01, to: 2099-01-01}", "wait until then, or state an earlier window"),
    ):  # fmt: skip
        own.write_text(written)
        refused = run(
            "plan", "back-test", "ctbrain-north-ed", "--plan", str(own), database=demo_database_url
        )
        assert (refused.returncode, says in refused.stderr) == (1, True), refused.stderr
