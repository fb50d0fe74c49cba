"""A figure held against a claim: corrected where it can be, raw only where the verified cases stand for all."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from register.error_rates import ErrorRates
from surveillance.correction import Corrected
from surveillance.identifiability import NOT_CORRECTED_FOR_REFERENCE, RAW_STANDS
from surveillance.judged_case import DECIDED, TRUTHS
from surveillance.performance import Performance, against_truth, corrected
from surveillance.statistics.claims import Verdict, non_inferiority
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.rare_events import sample_size

ONE_CASE = (
    "It is below the {limit} only while one of the verified cases counts, which stands for many that were not verified; "
    "another one like it would show it."
)
"""Why a figure that is below a limit is not held to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The verdict, by which test, the cases still needed (None = not known), and why nothing could be held."""

    verdict: Verdict
    test: str
    n_needed: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Accuracy of some mature cases, raw and corrected for partial verification or an erring reference."""

    raw: Performance
    corrected: Corrected
    alpha: float

    def trials(self, metric: str) -> int:
        """Verified cases behind a metric."""
        return self.raw.trials[metric]

    def figure(self, metric: str) -> Estimate:
        """The corrected figure where there is one, else the raw one."""
        raw: Estimate = getattr(self.raw, metric)
        return self.corrected.figure(metric) or raw

    def describes_the_verified_only(self, metric: str) -> str | None:
        """Why the figure says nothing of all cases, or None where it may be held against a claim."""
        if metric in self.corrected.stands:
            return None
        if self.corrected.accuracy is None:
            return None if self.corrected.reason in RAW_STANDS else self.corrected.reason
        return None if self.corrected.figure(metric) else NOT_CORRECTED_FOR_REFERENCE

    def held(self, metric: str, *, claim: float, margin: float) -> Held:
        """Hold a metric against a claim less its margin.

        Where verification was partial and cannot be corrected, the raw figure describes those who were
        looked at and says nothing of the claim: *not shown*, with the reason.
        """
        figure, trials, threshold = self.figure(metric), self.trials(metric), claim - margin
        describes = self.describes_the_verified_only(metric)
        if trials and describes:
            return Held(
                verdict=Verdict.NOT_SHOWN, test="none: not identifiable", n_needed=None,
                reason=describes,
            )  # fmt: skip
        if self.corrected.figure(metric) is not None:
            return Held(
                verdict=side(figure.lower, figure.upper, threshold=threshold),
                test="corrected interval", n_needed=None, reason=figure.reason,
            )  # fmt: skip
        if figure.estimate is None:
            return Held(
                verdict=Verdict.NOT_SHOWN,
                test="one-sided score test",
                n_needed=sample_size(proportion=claim, half_width=margin),
                reason=figure.reason,
            )
        if metric == "auc":
            verdict = side(figure.lower, figure.upper, threshold=threshold)
            return Held(verdict=verdict, test="interval of the AUC", n_needed=None)
        decision = non_inferiority(
            successes=figure.estimate * trials,
            trials=trials,
            claim=claim,
            margin=margin,
            alpha=self.alpha,
            effective_n=figure.n if figure.n < trials else None,
        )
        return Held(
            verdict=decision.verdict, test="one-sided score test", n_needed=decision.n_needed
        )


def figures(
    mature: pd.DataFrame, reads: pd.DataFrame, errors: Mapping[str, ErrorRates], *, alpha: float
) -> Figures:
    """The figures of mature, processed cases, with corrected intervals at level 1 - 2 `alpha`.

    `errors` says how often each kind of evidence is itself wrong, where that is known.
    """
    return Figures(
        raw=against_truth(mature[mature["truth"].notna()]),
        corrected=corrected(mature, reads, errors, level=1 - 2 * alpha),
        alpha=alpha,
    )


def rests_on_one_case(
    mature: pd.DataFrame,
    reads: pd.DataFrame,
    errors: Mapping[str, ErrorRates],
    metric: str,
    *,
    alpha: float,
    threshold: float,
) -> bool:
    """Whether a corrected sensitivity or specificity is below a threshold only while some single wrong call counts.

    One audited miss stands for as many others as were not audited, so that by itself it may move the whole interval. Cases that weigh alike are
    tried once. False where nothing is corrected, and of any other metric.
    """
    whole = figures(mature, reads, errors, alpha=alpha).corrected.figure(metric)
    if metric not in TRUTHS or whole is None or not _below(whole, threshold):
        return False
    wrong = mature[(mature["truth"] == TRUTHS[metric]) & mature["call"].isin(DECIDED) & (mature["call"] != mature["truth"])]  # fmt: skip
    said = reads[reads["deciding"].astype(bool)].set_index("inference_id")["call"]
    alike = [
        wrong["inference_id"].map(said).astype("string").fillna(""),
        wrong["verification_reason"].astype("string").fillna(""),
        wrong["verification_probability"].astype(float).fillna(0),
    ]
    without = (
        figures(mature.drop(index=some.index[0]), reads, errors, alpha=alpha).figure(metric)
        for _, some in wrong.groupby(alike, sort=True)
    )
    return not all(_below(one, threshold) for one in without)


def _below(figure: Estimate, threshold: float) -> bool:
    return side(figure.lower, figure.upper, threshold=threshold) is Verdict.BREACHED


def side(lower: float | None, upper: float | None, *, threshold: float) -> Verdict:
    """On which side of a threshold an interval lies; *not shown* where it holds it or is not known."""
    if lower is not None and lower > threshold:
        return Verdict.MET
    if upper is not None and upper < threshold:
        return Verdict.BREACHED
    return Verdict.NOT_SHOWN
