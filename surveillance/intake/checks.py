"""What a row must be to count as evidence, as columnar expressions, and the sentence for each failure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from surveillance.columnar import quoted
from surveillance.intake.sheet import FileColumn, Sheet
from surveillance.report_text.pack import languages

OFFSET = r"([Zz]|[+-]\d\d(:?\d\d)?)$"
EARLIEST = "1950-01-01"
"""No outcome of an imaged patient was before it."""
SHOWN = 40
"""Characters of a vector that a sentence repeats."""
CLOCKS_MOVE = (30, 60, 120)
"""Minutes by which clocks are put forward and back anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One way a row can fail: when (an expression over `raw`), at which column, and what to say."""

    column: str
    fails: str
    say: Callable[[str], str]


def checks(
    sheet: Sheet,
    *,
    time_zone: str | None,
    at: datetime,
    findings: Mapping[str, Sequence[str]],
) -> list[Check]:
    """Every check of one sheet; `time_zone` is that of timestamps without an offset, if it is configured.

    `at` is the moment of the import: what lies more than a day after it has not happened yet. `findings`
    are those the register knows, by deployment; while it knows none, none is refused.
    """
    found = [check for column in sheet.columns for check in _of_column(column, time_zone, at)]
    if sheet.one_of:
        listed = " or ".join(sheet.one_of)
        found.append(
            Check(
                column=sheet.one_of[0],
                fails=" AND ".join(f'"{name}" IS NULL' for name in sheet.one_of),
                say=lambda _: f"neither of {listed} is given; fill in one of them.",
            )
        )
    return found + _OF_SHEET.get(sheet.name, []) + _of_findings(sheet, findings)


def holds_no_nul(column: str) -> Check:
    """A NUL byte stands in no text; only Parquet can bring one as far as a row."""
    return Check(
        column=column,
        fails=f'contains("{column}", chr(0))',
        say=lambda _: "holds a NUL byte (\\x00), which no text has; remove it at the source.",
    )


def typed(column: FileColumn, time_zone: str | None) -> str:
    """The column's value as its type; only for rows that passed every check."""
    name = f'"{column.name}"'
    if column.kind == "number":
        return f"{name}::DOUBLE"
    if column.kind == "date":
        return f"{name}::DATE"
    if column.kind == "vector":
        return f"translate({name}, '[]', '{{}}')"
    if column.kind == "timestamp":
        if time_zone is None:
            return f"{name}::TIMESTAMPTZ"
        return (
            f"CASE WHEN regexp_matches({name}, '{OFFSET}') THEN try_cast({name} AS TIMESTAMPTZ) "
            f"ELSE timezone({quoted(time_zone)}, try_cast({name} AS TIMESTAMP)) END"
        )
    return name


def _of_column(column: FileColumn, time_zone: str | None, at: datetime) -> list[Check]:
    name = f'"{column.name}"'
    found = []
    if column.required:
        found.append(
            Check(
                column=column.name,
                fails=f"{name} IS NULL",
                say=lambda _: "is empty; every row needs it.",
            )
        )
    if column.choices:
        listed = ", ".join(f"'{choice}'" for choice in column.choices)
        allowed = ", ".join(column.choices)
        found.append(
            Check(
                column=column.name,
                fails=f"{name} NOT IN ({listed})",
                say=lambda value: f"'{value}' is not one of {allowed}.",
            )
        )
    if column.kind == "number":
        found += _of_number(column, name)
    elif column.kind == "vector":
        found.append(
            Check(
                column=column.name,
                fails=f"{name} IS NOT NULL AND NOT coalesce({_whole_vector(name)}, false)",
                say=lambda value: (
                    f"'{_shortened(value)}' is not a vector of numbers; write it as [0.12, -0.5, 3.1], or leave it empty."
                ),
            )
        )
    elif column.kind == "timestamp":
        found += _of_timestamp(column, name, time_zone, at)
    elif column.kind == "date":
        found.append(
            Check(
                column=column.name,
                fails=f"{name} IS NOT NULL AND try_cast({name} AS DATE) IS NULL",
                say=lambda value: f"'{value}' is not a date; write it as 2025-03-31.",
            )
        )
    return found


def _whole_vector(name: str) -> str:
    """Whether a text is a list of finite numbers in brackets, one at least."""
    numbers = f"try_cast({name} AS REAL[])"
    return f"len({numbers}) > 0 AND list_bool_and(list_transform({numbers}, lambda n: coalesce(isfinite(n), false)))"


def _shortened(value: str) -> str:
    return value if len(value) <= SHOWN else f"{value[:SHOWN]}…"


def _of_number(column: FileColumn, name: str) -> list[Check]:
    number = f"try_cast({name} AS DOUBLE)"
    limits = [
        f"isfinite({number}) AND {number} {sign} {limit}"
        for sign, limit in (("<", column.minimum), (">", column.maximum))
        if limit is not None
    ]
    found = [
        Check(
            column=column.name,
            fails=f"{name} IS NOT NULL AND NOT coalesce(isfinite({number}), false)",
            say=lambda value: (
                f"'{value}' is not a number; write it with a decimal point, or leave it empty."
            ),
        )
    ]
    if limits:
        low, high = column.minimum, column.maximum
        span = (
            f"from {low:g} to {high:g}"
            if low is not None and high is not None
            else f"{low:g} or more"
        )
        found.append(
            Check(
                column=column.name,
                fails=" OR ".join(limits),
                say=lambda value: (
                    f"{value} is not plausible; {column.name} is {span} {column.unit}".rstrip()
                    + ". Mend it at the source, or leave it empty."
                ),
            )
        )
    return found


def _of_timestamp(
    column: FileColumn, name: str, time_zone: str | None, at: datetime
) -> list[Check]:
    bare = f"try_cast(regexp_replace({name}, '{OFFSET}', '') AS TIMESTAMP)"
    found = [
        Check(
            column=column.name,
            fails=f"{name} IS NOT NULL AND ({bare} IS NULL OR "
            f"(regexp_matches({name}, 'T?\\d\\d:\\d\\d.*{OFFSET}') AND try_cast({name} AS TIMESTAMPTZ) IS NULL))",
            say=lambda value: (
                f"'{value}' is not a timestamp; write it as 2025-03-31T14:05:00+02:00."
            ),
        )
    ]
    tomorrow = (at + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None)
    found.append(
        Check(
            column=column.name,
            fails=f"{bare} > TIMESTAMP '{tomorrow.isoformat()}' + INTERVAL 14 HOUR",
            say=lambda value: f"{value} lies in the future; correct it at the source.",
        )
    )
    if time_zone is None:
        found.append(
            Check(
                column=column.name,
                fails=f"{bare} IS NOT NULL AND NOT regexp_matches({name}, '\\d\\d:\\d\\d.*{OFFSET}')",
                say=lambda value: (
                    f"'{value}' does not say its offset from UTC; write it as "
                    "2025-03-31T14:05:00+02:00, or configure the time zone of the site in the register "
                    "(time_zone) or of the batch (--time-zone)."
                ),
            )
        )
        return found
    return found + _of_clock_changes(column, name, time_zone)


def _of_clock_changes(column: FileColumn, name: str, time_zone: str) -> list[Check]:
    """A local time the clocks of a zone never showed, or showed twice, is no moment."""
    zone = quoted(time_zone)
    local = f"try_cast({name} AS TIMESTAMP)"
    moment = f"timezone({zone}, {local})"
    bare = f"NOT regexp_matches({name}, '{OFFSET}')"
    twice = " OR ".join(
        f"timezone({zone}, {moment} {sign} INTERVAL {minutes} MINUTE) = {local}"
        for sign in "+-"
        for minutes in CLOCKS_MOVE
    )
    remedy = "add the offset from UTC, as in 2025-03-31T14:05:00+02:00."
    return [
        Check(
            column=column.name,
            fails=f"{bare} AND timezone({zone}, {moment}) <> {local}",
            say=lambda value: (
                f"'{value}' never stood on the clocks of {time_zone} (they were put forward); {remedy}"
            ),
        ),
        Check(
            column=column.name,
            fails=f"{bare} AND ({twice})",
            say=lambda value: (
                f"'{value}' stood twice on the clocks of {time_zone} (they were put back); {remedy}"
            ),
        ),
    ]


def _of_findings(sheet: Sheet, findings: Mapping[str, Sequence[str]]) -> list[Check]:
    """A finding is one the register knows: of the deployment that looked for it, or of any."""
    if not findings or not any(column.name == "finding" for column in sheet.columns):
        return []
    if sheet.name == "inferences":
        return [
            _registered(f'"deployment" = {quoted(key)} AND ', known, f"for deployment '{key}'")
            for key, known in findings.items()
        ]
    return [_registered("", sorted({f for known in findings.values() for f in known}), "")]


def _registered(where: str, known: Sequence[str], of: str) -> Check:
    listed = ", ".join(quoted(finding) for finding in known)
    return Check(
        column="finding",
        fails=f'{where}"finding" NOT IN ({listed})',
        say=lambda value: (
            f"finding '{value}' is not in the register {of}".rstrip()
            + f"; correct it, or import its indication (catamnesis register import). "
            f"Known: {', '.join(known)}."
        ),
    )


_OF_SHEET: dict[str, list[Check]] = {
    "reports": [
        Check(
            column="call",
            fails='"call" IS NULL',
            say=lambda _: (
                "is empty; give it, or the text and its language "
                f"({', '.join(languages())}) for a finding there are rules for."
            ),
        )
    ],
    "outcomes": [
        Check(
            column="study_instance_uid",
            fails='"patient_id" IS NULL AND "study_instance_uid" IS NOT NULL AND "study_instance_uid" '
            "NOT IN (SELECT study_instance_uid FROM known_study)",
            say=lambda value: (
                f"study '{value}' is not known, so its patient is not; give patient_id, or import the study first."
            ),
        ),
        Check(
            column="verification_probability",
            fails='try_cast("verification_probability" AS DOUBLE) = 0',
            say=lambda value: (
                f"{value} cannot be: what was looked at had some chance of it; verification_probability is above 0 "
                "and at most 1. Give the sampling fraction of the design, or leave it empty."
            ),
        ),
        Check(
            column="occurred_at",
            fails=f"try_cast(regexp_replace(\"occurred_at\", '{OFFSET}', '') AS TIMESTAMP) < TIMESTAMP '{EARLIEST}'",
            say=lambda value: (
                f"{value} lies before {EARLIEST[:4]}, before there were images to compare with; correct the date at "
                "the source (a filler such as 1900-01-01 is no date)."
            ),
        ),
    ],
    "studies": [
        Check(
            column="site",
            fails='"site" IS NOT NULL AND "site" NOT IN (SELECT key FROM known_site)',
            say=lambda value: (
                f"site '{value}' is not in the register; correct it, or import an entry with "
                "`sites:` that names it (catamnesis register import)."
            ),
        )
    ],
    "inferences": [
        Check(
            column="deployment",
            fails='"deployment" IS NOT NULL AND "deployment" NOT IN (SELECT key FROM known_deployment)',
            say=lambda value: (
                f"deployment '{value}' is not in the register; correct it, or import its entry "
                "(catamnesis register import)."
            ),
        ),
        Check(
            column="call",
            fails='"call" IS NULL AND "score" IS NULL',
            say=lambda _: (
                "neither score nor call is given; a run without output has the call failed or "
                "not_processed."
            ),
        ),
    ],
}
