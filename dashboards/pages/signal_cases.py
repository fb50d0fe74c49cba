"""The cases behind a signal, one by one."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from dashboards.pages.signal import NoSuchSignal
from surveillance.cases_behind import MOST, cases_behind, reports_of
from surveillance.signals import Signal, behind


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """One case."""

    day: str = shown("Study day at the site")
    study: str = shown("Study Instance UID, to find the study by")
    scanner: str = shown("Model and serial number of the scanner")
    call: str = shown("What the algorithm said")
    score: str = shown("Its score")
    report: str = shown("What the clinical report said")
    truth: str = shown("What turned out to be true, and by which kind of evidence")
    scope: str = shown("Whether the indication covers it; why not, if not")


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesOf:
    """The cases of one verdict."""

    sentence: str = shown("What the verdict says")
    cases: tuple[CaseShown, ...] = shown("Its cases, the latest first")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCasesPage:
    """Everything the page of a signal's cases shows."""

    at: datetime = shown("When the page was made")
    number: int = shown("Number of the signal")
    deployment: str = shown("Key of the deployment")
    parts: tuple[CasesOf, ...] = shown("Each verdict behind the signal that is about single cases")
    rows: int = shown("How many cases are shown")
    most: int = shown("How many cases of a verdict are listed at most")


def signal_cases_page(session: Session, number: int, *, at: datetime) -> SignalCasesPage:
    """The cases as the last cycle judged them."""
    signal = session.get(Signal, number)
    if signal is None:
        raise NoSuchSignal(f"There is no signal {number}.")
    parts = []
    for stored in behind(session, signal):
        verdict = stored.verdict()
        cases = cases_behind(session, verdict)
        said = reports_of(session, cases)
        if cases:
            parts.append(
                CasesOf(
                    sentence=verdict.sentence,
                    cases=tuple(
                        CaseShown(
                            day=case.day.isoformat(), study=case.study_instance_uid,
                            scanner=" ".join(filter(None, (case.manufacturer_model_name, case.device_serial_number))) or "not known",
                            call=words(case.call), score="–" if case.score is None else f"{case.score:.3f}",
                            report=words(said.get(case.inference_id, "none")),
                            truth=f"{words(case.truth)} ({words(case.tier or '')})" if case.truth else "not known",
                            scope="in" if case.scope == "in" else f"{words(case.scope)}: {words(case.scope_attribute or '')}",
                        )
                        for case in cases
                    ),
                )
            )  # fmt: skip
    return SignalCasesPage(
        at=at,
        number=number,
        deployment=signal.deployment,
        parts=tuple(parts),
        rows=sum(len(part.cases) for part in parts),
        most=MOST,
    )
