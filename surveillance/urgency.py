"""Which answers cannot wait for the morning."""

from surveillance.monitors.verdict import Answer, StoredVerdict

URGENT = {
    "performance": Answer.BREACHED,
    "stop_rule": Answer.BREACHED,
    "equipment": Answer.SHIFTED,
}
"""By monitor: performance shown to lie below the label, a stop rule that is met, a scanner nobody named."""


def is_urgent(stored: StoredVerdict) -> bool:
    """Whether somebody should hear of a verdict at once: one of these, or a monitor that could not look."""
    return stored.answer == Answer.BROKEN or URGENT.get(stored.monitor) == stored.answer
