"""A monitor's answer, and the signal it opens or closes."""

from backend.clock import now
from backend.database import unit_of_work
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.signals import raise_signals

CT = "ctbrain-north-ed"


def ring(url: str, monitor: str, answer: Answer, sentence: str = "Look.") -> None:
    """Let a monitor give an answer about the head CT deployment now, as a cycle does."""
    verdict = Verdict(
        deployment=CT, finding="intracranial_haemorrhage", monitor=monitor, metric="sensitivity", answer=answer,
        rule="r", sentence=sentence, action=f"Do something about {monitor}.",
    )  # fmt: skip
    with unit_of_work(url, by="t") as session:
        raise_signals(session, store(session, [verdict], as_of=now()), as_of=now())
