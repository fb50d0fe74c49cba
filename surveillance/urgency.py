"""Which answers cannot wait for the morning."""

from surveillance.monitors.chart_record import CHARTS
from surveillance.monitors.verdict import Answer, StoredVerdict

URGENT = {
    "performance": Answer.BREACHED,
    "stop_rule": Answer.BREACHED,
    "equipment": Answer.SHIFTED,
}
"""By monitor: performance shown to lie below the label, a stop rule that is met, a scanner nobody named."""


def is_urgent(stored: StoredVerdict) -> bool:
    """Whether somebody should hear of a verdict at once: one of these, a chart that tells a loss of performance, a monitor that could not look."""
    return (
        stored.answer == Answer.BROKEN
        or URGENT.get(stored.monitor) == stored.answer
        or _tells_a_loss(stored)
    )


def _tells_a_loss(stored: StoredVerdict) -> bool:
    """A chart whose alarm is a matter of the performance it watches, and not of the reference or the case mix."""
    said = stored.verdict()
    rang = (said.monitor, said.answer) == (CHARTS, Answer.SHIFTED)
    return rang and said.matter == f"{said.finding}: {said.metric}"
