"""Streams that a chart can follow: one flag per case, and what the reference window has to say of its chance.

A stream is a frame in the order in which its rows became certain, with the columns

- `entered`, the day from which on the row counts, and `day`, that of the study;
- `flag`, whether what is watched for happened;
- `key`, the kind of case: each kind has odds of its own in the reference window;
- `locked`, whether it lies in the reference window and was known when its case matured;
- `row`, where its case stands among those watched (none for days and weeks);
- `ratio`, by which the odds of this case differ from those of its kind for a reason that is no fault (who was verified).

A case counts once it is mature, so that no early outcomes are set against late ones. Rows never change
when later studies are added.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from register.monitoring_plan import STRATA
from surveillance.judged_case import DECIDED, RAN

VERIFIED_OVER_DAYS = 28
"""The share verified of a kind of case is taken over so many study days, up to the case's own."""
HARDLY_ANY = 0.25
"""A day or week counts as empty below this part of what its like had in the reference window."""
ATTRIBUTES = ("patient_age", "patient_sex", "setting", "manufacturer_model_name")
READ_OF_CASES = (
    "inference_id", "scope", "scope_attribute", "call", "truth", "score", "patient_age", "user_action", *STRATA,
)  # fmt: skip
WHEN_MATURE = frozenset({"sensitivity", "specificity", "reference", "calibration", "over_reading"})
"""Watches of an outcome: their cases count once they are mature, those of the others as soon as they are read or reported."""
OVERRULED, LEFT = ("rejected", "modified"), ("ignored", "not_shown")
"""What a reader did with an output: against it, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Cases with their report, as far as known at the end of a day (`until`), and the first and last reference day.

    On `resting` days it was suspended or retired: nothing needs to come.
    """

    cases: pd.DataFrame
    until: pd.Timestamp
    reference: tuple[pd.Timestamp, pd.Timestamp]
    resting: frozenset[pd.Timestamp] = frozenset()

    def in_reference(self, days: "pd.Series[pd.Timestamp]") -> "pd.Series[bool]":
        """Which days lie in the reference window."""
        return days.between(*self.reference)


def watched(
    cases: pd.DataFrame,
    reads: pd.DataFrame,
    *,
    until: date,
    reference: tuple[date, date],
    ai_only: Collection[str] = (),
    contradicted: Mapping[str, bool] = MappingProxyType({}),
    resting: Collection[date] = (),
) -> Watched:
    """Lay cases and deciding reads side by side; both with the columns of judged_case and judged_read.

    `ai_only` are the cases with an investigation that the algorithm alone set in motion; `contradicted` says of those that another
    algorithm read too whether it contradicts.
    """
    deciding = reads[reads["deciding"].astype(bool)].drop_duplicates("inference_id")
    said = deciding.set_index("inference_id")
    end = pd.Timestamp(until)
    out = cases[list(READ_OF_CASES)].astype({"score": float})
    out["day"], out["matures"] = _days(cases["day"]), _days(cases["matures_on"])
    matures = out["matures"]
    out["known"] = _days(cases["known_at"])
    out["reported"] = _days(cases["inference_id"].map(said["reported_at"]))
    out["report"] = cases["inference_id"].map(said["call"])
    out["entered"] = out["known"].where(out["known"] > matures, matures)
    decided = (cases["scope"] == "in") & cases["call"].isin(DECIDED)
    out["decided"] = decided & (matures <= end)
    out["verified"] = out["decided"] & cases["truth"].isin(DECIDED) & (out["known"] <= end)
    out["in_time"] = out["verified"] & (out["known"] <= matures)
    out.loc[~(out["reported"] <= end), "report"] = None
    sides = ["call", "truth", "report"]
    known = sorted({said for side in sides for said in out[side].dropna().unique()})
    out[sides] = out[sides].astype(pd.CategoricalDtype(known))
    reported = pd.to_datetime(cases["inference_id"].map(said["reported_at"]), utc=True)
    out["waited"] = (reported - pd.to_datetime(cases["study_datetime"], utc=True)).dt.total_seconds()  # fmt: skip
    completed = pd.to_datetime(cases["completed_at"], utc=True)
    out["ran_for"] = (completed - pd.to_datetime(cases["study_datetime"], utc=True)).dt.total_seconds()  # fmt: skip
    out["ai_only"] = cases["inference_id"].isin(set(ai_only))
    out["contradicted"] = cases["inference_id"].map(dict(contradicted))
    out = out.join(own_columns(cases))
    first, last = (pd.Timestamp(day) for day in reference)
    return Watched(
        cases=out[out["day"] <= end].sort_values(["day", "inference_id"], ignore_index=True),
        until=end,
        reference=(first, last),
        resting=frozenset(map(pd.Timestamp, resting)),
    )


def own_columns(cases: pd.DataFrame) -> pd.DataFrame:
    """The `x_` columns that a site sent beside its studies."""
    if cases["extra"].isna().all():
        return pd.DataFrame(index=cases.index)
    said = cases["extra"].map(lambda text: json.loads(text) if isinstance(text, str) else {})
    return pd.DataFrame(said.tolist(), index=cases.index)


def _days(values: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(values, utc=True).dt.tz_localize(None).dt.normalize()


def _stream(
    watch: Watched,
    rows: pd.DataFrame,
    *,
    flag: "pd.Series[bool]",
    key: "pd.Series[str] | str" = "",
    entered: str = "entered",
    ratio: "pd.Series[float] | float" = 1.0,
) -> pd.DataFrame:
    """The rows, which are in the order of study day and inference, as a stream."""
    out = pd.DataFrame(
        {
            "entered": rows[entered], "day": rows["day"], "row": rows.index, "flag": flag.astype(bool),
            "key": pd.Categorical(key if isinstance(key, pd.Series) else [key] * len(rows)), "ratio": ratio, "locked": watch.in_reference(rows["day"]) & (rows[entered] <= rows["matures"]),
        }
    )  # fmt: skip
    possible = np.isfinite(out["ratio"]) & (out["ratio"] > 0)
    stream: pd.DataFrame = out[possible].sort_values("entered", kind="stable", ignore_index=True)
    return stream


def _kind(*columns: "pd.Series[str]") -> "pd.Series[str]":
    """The values of some columns as one key; what is not known is a value of its own."""
    joined = columns[0].astype(str)
    for column in columns[1:]:
        joined = joined + "/" + column.astype(str)
    return joined


def verified_shares(watch: Watched) -> pd.DataFrame:
    """Share verified in time of positive and of negative calls with the case's report, over its last study days."""
    decided = watch.cases[watch.cases["decided"]]
    report = _kind(decided["report"])
    found = pd.DataFrame(index=decided.index, columns=list(DECIDED), dtype=float)
    if decided.empty:
        return found
    first = decided["day"].min()
    number = (decided["day"] - first).dt.days
    size = int(number.max()) + 1
    for kind in report.unique():
        of_kind = report == kind
        for call in DECIDED:
            cell = of_kind & (decided["call"] == call)
            seen, verified = (
                np.r_[0, np.cumsum(np.bincount(number[rows], minlength=size))]
                for rows in (cell, cell & decided["in_time"])
            )
            end = number[of_kind].to_numpy() + 1
            start = np.maximum(end - VERIFIED_OVER_DAYS, 0)
            with np.errstate(invalid="ignore"):
                share = (verified[end] - verified[start]) / (seen[end] - seen[start])
            found.loc[of_kind, call] = share
    return found


def _against_truth(watch: Watched, truth: str, wrong: str) -> pd.DataFrame:
    """Wrong calls among verified cases of one truth, by report.

    Among those verified, a call is the more frequent the more cases with it are verified. The odds of a wrong
    call are therefore those among all cases times the share verified of the wrong call over that of the
    right one: an audit that begins, or more follow-up of one kind, moves the expectation and not the chart.
    """
    rows = watch.cases[watch.cases["verified"] & (watch.cases["truth"] == truth)]
    shares = verified_shares(watch).loc[rows.index]
    right = next(call for call in DECIDED if call != wrong)
    ratio = shares[wrong] / shares[right].where(shares[right] > 0)
    return _stream(watch, rows, flag=rows["call"] == wrong, key=_kind(rows["report"]), ratio=ratio)


def sensitivity(watch: Watched) -> pd.DataFrame:
    """Verified positives, flagged where missed."""
    return _against_truth(watch, "positive", "negative")


def specificity(watch: Watched) -> pd.DataFrame:
    """Verified negatives, flagged where called positive."""
    return _against_truth(watch, "negative", "positive")


def reference(watch: Watched) -> pd.DataFrame:
    """Verified cases on which AI and report agree, flagged where the outcome contradicts both."""
    rows = watch.cases[watch.cases["verified"] & (watch.cases["call"] == watch.cases["report"])]
    return _stream(watch, rows, flag=rows["truth"] != rows["call"], key=rows["call"])


def calibration(watch: Watched) -> pd.DataFrame:
    """Verified cases with a score, flagged where it lies on the wrong side of the reference median of its like.

    Like is: same truth, call and report. The wrong side is below for a positive, above for a negative. Within its like
    neither prevalence nor who was verified moves the share, so only what scores mean does.
    """
    rows = watch.cases[watch.cases["verified"] & watch.cases["score"].notna()]
    kind = _kind(rows["truth"], rows["call"], rows["report"])
    locked = watch.in_reference(rows["day"]) & rows["in_time"]
    middle = kind.map(rows[locked].groupby(kind[locked])["score"].median())
    wrong = (rows["score"] < middle).where(rows["truth"] == "positive", rows["score"] > middle)
    return _stream(
        watch, rows[middle.notna()], flag=wrong[middle.notna()], key=kind[middle.notna()]
    )


def agreement(watch: Watched) -> pd.DataFrame:
    """Reported cases, flagged where AI and report differ; the AI's call is the kind. Says nothing of who is right."""
    rows = _with_report(watch)
    return _stream(watch, rows, flag=rows["report"] != rows["call"], key=rows["call"], entered="reported")  # fmt: skip


def case_mix(watch: Watched) -> pd.DataFrame:
    """Reported cases, flagged where the report is positive."""
    rows = _with_report(watch)
    return _stream(watch, rows, flag=rows["report"] == "positive", entered="reported")


def score(watch: Watched) -> pd.DataFrame:
    """Report-negative cases, flagged above the reference median: among these prevalence hardly moves the scores."""
    rows = _with_report(watch)
    rows = rows[(rows["report"] == "negative") & rows["score"].notna()]
    locked = watch.in_reference(rows["day"]) & (rows["reported"] <= rows["matures"])
    middle = rows.loc[locked, "score"].median()
    return _stream(watch, rows, flag=rows["score"] > middle, entered="reported")


def operating_point(watch: Watched) -> pd.DataFrame:
    """Scored cases, flagged where a score that was called one way in the reference window is called the other."""
    rows = watch.cases[(watch.cases["scope"] == "in") & watch.cases["call"].isin(DECIDED)]
    rows = rows[rows["score"].notna()]
    before = (
        rows[watch.in_reference(rows["day"])]
        .groupby("call", observed=True)["score"]
        .agg(["min", "max"])
    )
    if set(DECIDED) - set(before.index):
        return _stream(watch, rows[:0], flag=rows["score"][:0] > 0, entered="day")
    called = rows["call"] == "positive"
    contradicts = (called & (rows["score"] < before.loc["negative", "max"])) | (
        ~called & (rows["score"] > before.loc["positive", "min"])
    )
    return _stream(watch, rows, flag=contradicts, entered="day")


def out_of_scope(watch: Watched) -> pd.DataFrame:
    """Studies of scanners that the reference knows, flagged where the indication does not cover them."""
    rows = _of_known_scanners(watch)
    return _stream(watch, rows, flag=rows["scope"] == "out", entered="day")


def failure(watch: Watched) -> pd.DataFrame:
    """Studies in scope, flagged where the run gave no output."""
    rows = watch.cases[watch.cases["scope"] == "in"]
    return _stream(watch, rows, flag=~rows["call"].isin(RAN), entered="day")


def missingness(watch: Watched) -> pd.DataFrame:
    """Studies of scanners that the reference knows, flagged where age, sex, setting, scanner model or what the indication asks for is missing."""
    rows = _of_known_scanners(watch)
    missing = rows[list(ATTRIBUTES)].isna().any(axis=1) | (rows["scope"] == "undeterminable")
    return _stream(watch, rows, flag=missing, entered="day")


def overruled(watch: Watched) -> pd.DataFrame:
    """Outputs of which is recorded what a reader did, flagged where rejected or modified; the call is the kind."""
    rows = _acted_on(watch)
    rows = rows[~rows["user_action"].isin(LEFT)]
    return _stream(watch, rows, flag=rows["user_action"].isin(OVERRULED), key=rows["call"], entered="day")  # fmt: skip


def ignored(watch: Watched) -> pd.DataFrame:
    """Outputs of which is recorded what a reader did, flagged where ignored or not opened; the call is the kind."""
    rows = _acted_on(watch)
    return _stream(watch, rows, flag=rows["user_action"].isin(LEFT), key=rows["call"], entered="day")  # fmt: skip


def _acted_on(watch: Watched) -> pd.DataFrame:
    """What it says outside its indication is the matter of another chart."""
    rows = watch.cases[watch.cases["scope"] == "in"]
    return rows[rows["call"].isin(DECIDED) & rows["user_action"].notna()]


def turnaround(watch: Watched) -> pd.DataFrame:
    """Reported cases called positive, flagged where the report came later than the reference's median time."""
    rows = _with_report(watch)
    rows = rows[(rows["call"] == "positive") & (rows["waited"] >= 0)]
    locked = watch.in_reference(rows["day"]) & (rows["reported"] <= rows["matures"])
    return _stream(watch, rows, flag=rows["waited"] > rows.loc[locked, "waited"].median(), entered="reported")  # fmt: skip


def over_reading(watch: Watched) -> pd.DataFrame:
    """Mature cases, flagged where the algorithm alone set an investigation in motion."""
    rows = watch.cases[watch.cases["decided"]]
    return _stream(watch, rows, flag=rows["ai_only"], entered="matures")


def contradiction(watch: Watched) -> pd.DataFrame:
    """Cases that another algorithm read for the same finding, flagged where the two contradict; who is right, neither says."""
    rows = watch.cases[watch.cases["contradicted"].notna() & watch.cases["call"].isin(DECIDED)]
    return _stream(watch, rows, flag=rows["contradicted"] == True, key=rows["call"], entered="day")  # noqa: E712  # fmt: skip


def called_positive(watch: Watched) -> pd.DataFrame:
    """Outputs in scope, flagged where called positive: moves with prevalence as well as with the algorithm."""
    rows = watch.cases
    rows = rows[(rows["scope"] == "in") & rows["call"].isin(DECIDED)]
    return _stream(watch, rows, flag=rows["call"] == "positive", entered="day")


def latency(watch: Watched) -> pd.DataFrame:
    """Outputs in scope, flagged where they came later after the study than the reference's median."""
    rows = watch.cases[(watch.cases["scope"] == "in") & (watch.cases["ran_for"] >= 0)]
    median = rows.loc[watch.in_reference(rows["day"]), "ran_for"].median()
    return _stream(watch, rows, flag=rows["ran_for"] > median, entered="day")


def _of_known_scanners(watch: Watched) -> pd.DataFrame:
    """What a new model sends is the matter of the equipment monitor; a study that names no model is of any."""
    model = watch.cases["manufacturer_model_name"]
    known = model[watch.in_reference(watch.cases["day"])].dropna().unique()
    return watch.cases[model.isna() | model.isin(known)]


def _with_report(watch: Watched) -> pd.DataFrame:
    rows = watch.cases
    ran = (rows["scope"] == "in") & rows["call"].isin(DECIDED)
    return rows[ran & rows["report"].isin(DECIDED)]


def study_feed(watch: Watched) -> pd.DataFrame:
    """Days, flagged where fewer than a quarter of the studies came that such a weekday had in the reference."""
    return _emptiness(watch, watch.cases["day"], "D")


def report_feed(watch: Watched) -> pd.DataFrame:
    """Days, flagged where fewer than a quarter of the usual reports were signed."""
    return _emptiness(watch, watch.cases["reported"], "D")


def outcome_feed(watch: Watched) -> pd.DataFrame:
    """Weeks, flagged where fewer than a quarter of the usual outcomes became known."""
    return _emptiness(watch, watch.cases["known"], "W-SUN")


def _emptiness(watch: Watched, when: "pd.Series[pd.Timestamp]", step: str) -> pd.DataFrame:
    first = watch.cases["day"].min() if len(watch.cases) else watch.until
    counts = when[when <= watch.until].value_counts()
    daily = counts.reindex(pd.date_range(first, watch.until), fill_value=0)
    series = daily.resample(step).sum()
    whole = series[(series.index <= watch.until) & (series.index >= daily.index[0])]
    day = whole.index.to_series()
    like = day.dt.dayofweek if step == "D" else day.dt.dayofweek * 0
    usual = like.map(whole[watch.in_reference(day)].groupby(like).median())
    rows = pd.DataFrame({"day": day, "matures": day})
    due = usual.notna() & ~day.isin(watch.resting)
    return _stream(watch, rows[due], flag=(whole < HARDLY_ANY * usual)[due], entered="day")


STREAMS: dict[str, Callable[[Watched], pd.DataFrame]] = {
    "sensitivity": sensitivity,
    "specificity": specificity,
    "reference": reference,
    "calibration": calibration,
    "agreement": agreement,
    "case_mix": case_mix,
    "score": score,
    "operating_point": operating_point,
    "out_of_scope": out_of_scope,
    "failure": failure,
    "missingness": missingness,
    "study_feed": study_feed,
    "report_feed": report_feed,
    "outcome_feed": outcome_feed,
    "overruled": overruled,
    "ignored": ignored,
    "turnaround": turnaround,
    "over_reading": over_reading,
    "contradiction": contradiction,
    "called_positive": called_positive,
    "latency": latency,
}
