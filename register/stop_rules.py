"""Stop rules of a monitoring plan: conditions agreed beforehand under which a deployment is suspended at once.

Pure: the written rules go in, executable ones come out. They stand in the entry, so that every change of them is a
revision with its author; `surveillance/stopping.py` acts on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

METRICS = ("sensitivity", "specificity")
SHARE = "out_of_scope_share"
SIGNALS = ("performance", "agreement", "drift", "equipment")
STRATA = ("manufacturer_model_name", "device_serial_number", "patient_sex", "age_band", "setting", "view_position")  # fmt: skip
_LIMITS = {**dict.fromkeys(METRICS, "below"), SHARE: "above"}
_KNOWN = {"metric", "below", "above", "finding", "stratum", "signal"}
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """One rule: a figure and its limit (0 to 1), or the monitor whose signal is enough.

    `finding` None is any; `stratum` is one level of one attribute, None all cases.
    """

    metric: str = ""
    limit: float = 0.0
    signal: str = ""
    finding: str | None = None
    stratum: tuple[str, str] | None = None

    def words(self) -> str:
        """The rule as it is told."""
        about = f" for {self.finding}" if self.finding else ""
        if self.signal:
            return f"a signal of the {self.signal} monitor{about}"
        where = f" where {self.stratum[0]} is {self.stratum[1]}" if self.stratum else ""
        return f"{self.metric} {_LIMITS[self.metric]} {self.limit:g}{where}{about}"

    def concerns(self, finding: str) -> bool:
        """Whether it is about a finding."""
        return self.finding in (None, finding)

    def overlaps(self, other: Self) -> bool:
        """Whether both ask the same of the same cases, with whatever limit."""
        same = (self.metric, self.signal, self.stratum) == (
            other.metric,
            other.signal,
            other.stratum,
        )
        return same and (None in (self.finding, other.finding) or self.finding == other.finding)


def stop_rules(monitoring: Mapping[str, Any]) -> tuple[StopRule, ...]:
    """The rules of a monitoring plan; ValueError for one that no machine can act on, with place and remedy."""
    written = monitoring.get("stop_rules", [])
    if not isinstance(written, list):
        raise ValueError(
            "stop_rules: write a list, each rule with `- {metric: …}` or `- {signal: …}`"
        )
    rules = tuple(_rule(f"stop_rules.{place}", said) for place, said in enumerate(written))
    for place, rule in enumerate(rules):
        if any(rule.overlaps(before) for before in rules[:place]):
            raise ValueError(
                f"stop_rules.{place}: {rule.words()} asks what a rule before asks; take one out"
            )
    return rules


def _rule(where: str, said: Any) -> StopRule:
    if not isinstance(said, dict) or ("metric" in said) == ("signal" in said):
        raise ValueError(f"{where} needs either `metric` with its limit, or `signal`")
    unknown = set(said) - _KNOWN
    if unknown:
        raise ValueError(f"{where}: '{min(map(str, unknown))}' is not known here; use {', '.join(sorted(_KNOWN))}")  # fmt: skip
    finding = said.get("finding")
    if finding is not None and not isinstance(finding, str):
        raise ValueError(f"{where}: finding is the name of one finding; leave it out for any")
    if "signal" in said:
        if said["signal"] not in SIGNALS or set(said) - {"signal", "finding"}:
            raise ValueError(
                f"{where}: signal is one of {', '.join(SIGNALS)}, with no limit or stratum"
            )
        return StopRule(signal=said["signal"], finding=finding)
    return StopRule(
        metric=said["metric"], limit=_limit(where, said), finding=finding, stratum=_stratum(where, said)
    )  # fmt: skip


def _limit(where: str, said: Mapping[str, Any]) -> float:
    if said["metric"] not in _LIMITS:
        raise ValueError(f"{where}: metric is one of {', '.join(_LIMITS)}")
    side = _LIMITS[said["metric"]]
    limit = said.get(side)
    if len({"below", "above"} & set(said)) != 1 or isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < 1:  # fmt: skip
        raise ValueError(f"{where}: {said['metric']} needs `{side}`, a number between 0 and 1, and no other limit")  # fmt: skip
    return float(limit)


def _stratum(where: str, said: Mapping[str, Any]) -> tuple[str, str] | None:
    stratum = said.get("stratum", ALL)
    if stratum == ALL:
        return None
    if not isinstance(stratum, dict) or len(stratum) != 1 or next(iter(stratum)) not in STRATA:
        raise ValueError(f"{where}: stratum is `all`, or one level of one of {', '.join(STRATA)}: `{{setting: emergency}}`")  # fmt: skip
    ((name, level),) = stratum.items()
    return str(name), str(level)
