"""What watches beside the rules of a plan, over a year of the drill's hospital under a label that just holds."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from register.clearance import Clearance
from register.deployment import Deployment
from register.reference_standard import protocol
from surveillance.drill import hospital
from surveillance.monitors import drift, performance
from surveillance.monitors.beside_the_plan import DRIFT_CHANCE, DRIFT_COLUMNS
from surveillance.monitors.charted import Charted
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import RINGS
from surveillance.view import DeploymentView, IndicationView

CLAIMS: tuple[dict[str, Any], ...] = (
    {"metric": "sensitivity", "value": 0.90, "margin": 0.05, "source": "the drill"},
    {"metric": "specificity", "value": 0.92, "margin": 0.05, "source": "the drill"},
)
LOOKS_EVERY = 30
STATED = 12 * len(DRIFT_COLUMNS) * DRIFT_CHANCE
"""False alarms a year that monthly drift states; of corrected claims no rate is stated."""
KEY = "drill"


def rung(cases: pd.DataFrame, reads: pd.DataFrame, *, first: pd.Timestamp, last: pd.Timestamp) -> Counter[str]:  # fmt: skip
    """How often claims and monthly drift began to ring between two days, looked at every thirty: by monitor.

    Looks that lie closer ring more often; that is simulated for the page of a plan (`monitors/looks.py`).
    """
    found: Counter[str] = Counter()
    before: set[str] = set()
    for day in pd.date_range(first, last, freq=f"{LOOKS_EVERY}D"):
        now = dict(_ringing(cases, reads, day))
        found.update(monitor for cause, monitor in now.items() if cause not in before)
        before = set(now)
    return found


def _ringing(
    cases: pd.DataFrame, reads: pd.DataFrame, day: pd.Timestamp
) -> Iterator[tuple[str, str]]:
    context = known(cases, reads, day)
    for watch in (performance.watch, drift.watch):
        for verdict in watch(context):
            if verdict.answer in RINGS:
                yield verdict.cause, verdict.monitor


def known(cases: pd.DataFrame, reads: pd.DataFrame, day: pd.Timestamp) -> Context:
    """What is known of the hospital at the end of a day."""
    seen = cases[cases["day"] <= day]
    seen = seen.assign(
        truth=seen["truth"].where(
            pd.to_datetime(seen["known_at"], utc=True).dt.tz_localize(None) <= day
        )
    )
    return Context(
        view=_view(), finding=hospital.FINDING, as_of=datetime.combine(day.date() + timedelta(days=1), datetime.min.time(), UTC),
        cases=seen, reads=reads[reads["inference_id"].isin(seen["inference_id"])], investigations=pd.DataFrame(), lesions=pd.DataFrame(),
        dates_made_up=False, text_errors={}, measured={}, charted=Charted,
    )  # fmt: skip


def _view() -> DeploymentView:
    standard = {
        "positive": [{"evidence": "registry"}], "negative": [{"evidence": "registry"}], "matures_after_days": hospital.MATURES_AFTER,
    }  # fmt: skip
    indication = IndicationView(
        key=KEY, name=KEY, finding=hospital.FINDING, statement="", clause="", scope=(), protocol=protocol(standard), claims=CLAIMS,
        clearance=Clearance(key=KEY, algorithm=KEY, jurisdiction="EU", pathway="mdr_certificate"),
    )  # fmt: skip
    return DeploymentView(
        key=KEY, algorithm=KEY, name=KEY, purpose="detection", site=KEY, jurisdiction="EU", time_zone="UTC", version="1.0",
        indications=(indication,), entry=Deployment(key=KEY, algorithm=KEY, site=KEY, version="1.0", live_from=hospital.FIRST_DAY),
    )  # fmt: skip
