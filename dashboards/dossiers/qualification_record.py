"""The installation and operational qualification record: what is installed, and that it computes what was published."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards.dossiers.content import (
    Column,
    Dossier,
    Paragraph,
    Section,
    Signature,
    Status,
    Table,
)
from surveillance.qualification import METHODS, CaseOutcome, Qualification

KIND = "qualification-record"
LONGEST = 160
"""Characters of a value in the printed table; the whole value is in cases.json."""


def compose(
    done: Qualification,
    *,
    sources: Mapping[str, str],
    build: Mapping[str, str],
    installed: Sequence[tuple[str, str, str, bool]],
    at: datetime,
    cases_from: str,
) -> Dossier:
    """The record of one run; `installed` is what was required, expected, found, and whether it is so."""
    failed = [case for case in done.cases if not case.passed]
    amiss = [name for name, _, _, well in installed if not well]
    digest = hashlib.sha256(
        json.dumps([done.as_json(), dict(build)], default=str).encode()
    ).hexdigest()[:8]
    passed = not failed and not amiss
    return Dossier(
        id=f"IQOQ-{at:%Y-%m-%d}-{digest}",
        kind=KIND,
        title="Installation and operational qualification record",
        subtitle=build["Software"],
        whose="Evidence of the site that the installed build is the one named here and computes what was published.",
        basis="GAMP 5, category 3; ISO 13485:2016 clause 4.1.6; 21 CFR 820.70(i)",
        deployment="this installation",
        period_from=at.date().isoformat(),
        period_to=at.date().isoformat(),
        as_of=at.isoformat(),
        software=build["Software"],
        origin=cases_from,
        state="draft",
        confidentiality="internal",
        summary=(
            f"{len(done.cases) - len(failed):,} of {len(done.cases):,} cases of {cases_from} passed; {len(amiss)} of "
            f"{len(installed)} installed parts are not as required.",
            "The build is qualified for the methods listed." if passed else "The build is not qualified: see below.",
        ),
        key_figures=(
            ("Reference cases passed", f"{len(done.cases) - len(failed):,} of {len(done.cases):,}", "operational qualification"),
            ("Installed parts as required", f"{len(installed) - len(amiss)} of {len(installed)}", "installation qualification"),
        ),
        sections=(
            _installation(build, installed),
            _operation(done, sources, cases_from),
            _failures(failed),
            _coverage(done),
        ),
        signatures=(
            Signature(role="Performed by", meaning="performed the qualification"),
            Signature(role="Reviewed by", meaning="reviewed the record"),
        ),
    )  # fmt: skip


def _installation(
    build: Mapping[str, str], installed: Sequence[tuple[str, str, str, bool]]
) -> Section:
    return Section(
        number="1",
        title="Installation qualification",
        blocks=(
            _table("build", "The build and the machine", ("part", "Part"), ("found", "Found"), rows=list(build.items())),
            _table(
                "installed", "Parts required and found", ("part", "Part"), ("expected", "Required"), ("found", "Found"),
                ("result", "Result"), rows=[(n, e, f, _word(well)) for n, e, f, well in installed],
            ),
        ),
    )  # fmt: skip


def _operation(done: Qualification, sources: Mapping[str, str], cases_from: str) -> Section:
    return Section(
        number="2",
        title="Operational qualification",
        blocks=(
            Paragraph(
                text=f"Cases from {cases_from}. Each gives inputs and published or independently computed results; a case "
                "passes when every expected value agrees within its tolerance."
            ),
            _table(
                "cases", "Reference cases", ("case", "Case"), ("method", "Method"), ("source", "Source"),
                ("result", "Result"),
                rows=[(c.id, c.method, sources.get(c.id, "not stated"), _word(c.passed)) for c in done.cases],
                wide={"case": 3, "method": 4, "source": 6},
            ),
        ),
    )  # fmt: skip


def _failures(failed: Sequence[CaseOutcome]) -> Section:
    if not failed:
        return Section(
            number="3",
            title="Deviations",
            status=Status.NONE_IDENTIFIED,
            justification="Every case passed.",
        )
    return Section(
        number="3",
        title="Deviations",
        blocks=(
            _table(
                "deviations", "Cases that failed", ("case", "Case"), ("expected", "Expected"), ("got", "Got"),
                rows=[(c.id, _short(c.expected), _short(c.got)) for c in failed],
                wide={"case": 2, "expected": 3, "got": 3},
            ),
        ),
    )  # fmt: skip


def _coverage(done: Qualification) -> Section:
    counted = {name: sum(c.method == name for c in done.cases) for name in METHODS}
    return Section(
        number="4",
        title="Methods and cases",
        blocks=(
            Paragraph(
                text="A method without a case is not qualified by this record: "
                f"{', '.join(name for name, n in counted.items() if not n) or 'there is none'}."
            ),
            _table(
                "methods", "Methods of the build", ("method", "Method"), ("meaning", "What it computes"), ("cases", "Cases"),
                rows=[(name, METHODS[name].meaning, n) for name, n in counted.items()], wide={"method": 4, "meaning": 6},
            ),
        ),
    )  # fmt: skip


def _table(
    key: str,
    caption: str,
    *heads: tuple[str, str],
    rows: Sequence[tuple[Any, ...]],
    wide: Mapping[str, int] | None = None,
) -> Table:
    return Table(
        key=key,
        caption=caption,
        columns=tuple(
            Column(key=name, head=head, meaning=head, numeric=name == "cases" and key == "methods", wide=(wide or {}).get(name, 0))
            for name, head in heads
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _word(passed: bool) -> str:
    return "passed" if passed else "FAILED"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
