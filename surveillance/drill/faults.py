"""The catalogue of faults: each changes the conditions of the cases it meets, from its first day on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

ON = "CT-2"
"""The scanner on which sensitivity falls."""
OUTAGE_DAYS = 5
DECAY_DAYS = 120


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, whether it harms, and which watches name it rightly (`on` a level, if it has one).

    `does` changes conditions in place, where `days` since its beginning are 0 or more. `odds_ratio` is what it makes of the
    odds of a miss, where a floor of the delay is asked for.
    """

    name: str
    words: str
    harmful: bool
    does: Callable[[pd.DataFrame, "pd.Series[int]"], None]
    named_by: tuple[str, ...] = ()
    on: str = ""
    odds_ratio: float | None = None


def _set(**changed: float) -> Callable[[pd.DataFrame, "pd.Series[int]"], None]:
    def does(under: pd.DataFrame, days: "pd.Series[int]") -> None:
        for name, value in changed.items():
            under.loc[days >= 0, name] = value

    return does


def _on_one_scanner(under: pd.DataFrame, days: "pd.Series[int]") -> None:
    under.loc[(days >= 0) & (under["scanner"] == ON), "missed_more"] = 0.18


def _new_scanner(under: pd.DataFrame, days: "pd.Series[int]") -> None:
    under.loc[days >= 0, "new_scanner"] = 0.12


def _outage(under: pd.DataFrame, days: "pd.Series[int]") -> None:
    under.loc[days.between(0, OUTAGE_DAYS - 1), "received"] = 0.0


def _decay(under: pd.DataFrame, days: "pd.Series[int]") -> None:
    gone = np.clip(days / DECAY_DAYS, 0, 1)
    under["score_scale"] = 1 - 0.5 * gone


FAULTS = (
    Fault(
        name="sensitivity_drop_on_one_scanner", harmful=True, does=_on_one_scanner, named_by=("sensitivity",), on=ON, odds_ratio=(0.25 / 0.75) / (0.10 / 0.90),
        words="On one of four scanners sensitivity falls from 0.90 to 0.75.",
    ),
    Fault(
        name="threshold_shift", harmful=True, does=_set(threshold=0.8), named_by=("operating_point", "sensitivity"),
        words="Someone raises the threshold; scores stay as they are.",
    ),
    Fault(
        name="vendor_silent_update", harmful=True, does=_set(score_shift=0.7), named_by=("score", "calibration", "specificity"),
        words="Scores rise overnight under the same version string, and with them false alarms.",
    ),
    Fault(
        name="new_scanner", harmful=True, does=_new_scanner, named_by=("new_scanner",),
        words="A fifth scanner, never validated, takes over an eighth of the studies.",
    ),
    Fault(
        name="prevalence_doubling", harmful=False, does=_set(prevalence=0.20), named_by=("case_mix",),
        words="Twice as many patients have the disease; the algorithm works as before.",
    ),
    Fault(
        name="verification_policy_change", harmful=False, does=_set(audited=0.20, followed_report=0.95),
        words="Four times as many are audited, and all that only the report marked are followed up.",
    ),
    Fault(
        name="feed_outage", harmful=True, does=_outage, named_by=("study_feed",),
        words=f"For {OUTAGE_DAYS} days nothing reaches the algorithm.",
    ),
    Fault(
        name="readers_deferring_to_ai", harmful=True, does=_set(defers=0.6), named_by=("agreement",),
        words="In six of ten cases the report repeats what the AI said.",
    ),
    Fault(
        name="paediatric_off_label_use", harmful=True, does=_set(child=0.05), named_by=("out_of_scope",),
        words="One in twenty patients is a child, for whom it is not cleared.",
    ),
    Fault(
        name="calibration_decay", harmful=True, does=_decay, named_by=("calibration", "score"),
        words=f"Within {DECAY_DAYS} days scores shrink to half their distance from the threshold.",
    ),
    Fault(
        name="label_noise", harmful=True, does=_set(label_error=0.15), named_by=("reference",),
        words="15 % of the outcomes are wrong from now on.",
    ),
)  # fmt: skip
