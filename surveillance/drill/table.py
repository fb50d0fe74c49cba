"""What a drill found, as the public JSON and as rows for people."""

from typing import Any

from surveillance.drill.running import Drill, Faced

HEADS = (
    "fault", "harm", "found", "by monitor", "cases", "days", "of floor", "of optimal", "told as performance loss",
)  # fmt: skip


def as_json(drill: Drill) -> dict[str, Any]:
    """The public form. `delay_over_floor` is cases over log(ARL0) / KL, null where no floor applies."""
    low, high = drill.interval
    return {
        "false_alarms_per_deployment_year": drill.false_alarms_per_deployment_year,
        "false_alarms_lower": low,
        "false_alarms_upper": high,
        "false_alarms_stated": drill.stated_per_year,
        "false_alarms_by_monitor": drill.false_alarms_by_monitor,
        "harmless_years": drill.harmless_years,
        "seed": drill.seed,
        "faults": [
            {
                "fault": fault.fault,
                "harmful": fault.harmful,
                "found": fault.found,
                "monitor": fault.monitor,
                "cases": fault.cases,
                "days": fault.days,
                "delay_over_floor": fault.delay_over_floor,
                "delay_over_optimal": fault.delay_over_optimal,
                "reported_as_performance_loss": fault.reported_as_performance_loss,
                "found_in": fault.found_in,
                "performance_loss_in": fault.performance_loss_in,
                "repetitions": fault.repetitions,
            }
            for fault in drill.faults
        ],
    }


def rows(drill: Drill) -> list[list[str]]:
    """One row a fault, in the order of `HEADS`."""
    return [_row(fault) for fault in drill.faults]


def sentence(drill: Drill) -> str:
    """How often it rang for nothing, and what the plan says."""
    low, high = drill.interval
    return (
        f"False alarms: {drill.false_alarms} in {drill.harmless_years} harmless deployment-years, "
        f"{drill.false_alarms_per_deployment_year:.2f} a year (exact 95 % interval {low:.2f} to {high:.2f}); "
        f"the plan states {drill.stated_per_year:.2f}."
    )


def _row(fault: Faced) -> list[str]:
    return [
        fault.fault,
        "yes" if fault.harmful else "no",
        f"{fault.found_in} of {fault.repetitions}",
        fault.monitor or "–",
        _number(fault.cases, 0),
        _number(fault.days, 0),
        _number(fault.delay_over_floor, 2),
        _number(fault.delay_over_optimal, 2),
        f"{'yes' if fault.reported_as_performance_loss else 'no'} ({fault.performance_loss_in} of {fault.repetitions})",
    ]


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:,.{places}f}"
