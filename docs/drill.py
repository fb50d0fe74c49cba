"""The page of the drill, made by simulation: `python -m docs.drill` (some minutes)."""

from pathlib import Path

from docs.markdown import table
from surveillance.drill.faults import FAULTS
from surveillance.drill.running import Drill, run
from surveillance.drill.table import HEADS, rows, sentence

PAGE = Path(__file__).parent / "reference" / "drill.md"
SEED = 0
MARK = "<!-- Written by docs/drill.py by simulation; run it again when a rule, a fault or the hospital changes. -->"


def page(drill: Drill) -> str:
    """How often the default plan rings for nothing, one row a fault, and what each fault is."""
    said = (
        f"The default monitoring plan over {drill.harmless_years} simulated hospitals, each with 180 days of reference and one year "
        "after it, and over each fault, which begins 45 days into the year. False alarms are those of the rules and of what watches beside them, here the claims of a label that just holds "
        "(sensitivity 0.90, specificity 0.92, margin 0.05) and monthly drift, which take their share of the budget first. Harmful faults meet five of the hospitals, harmless ones all. "
        "Cases are those of the chart's own stream from the fault on, days those to the weekly cycle that first sees the alarm, "
        "with the 30 until a case is mature where outcomes are watched. Medians. *Of floor* is cases over log(ARL0) / KL of the change that was put in, the "
        "leading term of the least worst average delay as false alarms become rare (Lorden); at usual run lengths real delays lie below it, so that below 1 is ordinary and above 1.5 would be too late. *Of optimal* is cases over the average delay of the CUSUM that knows both rates and is set for this very change: a median may lie below it. "
        "*Told as performance loss* counts hospitals with any such alarm within the year. Some hospital always has one, since the plan may ring for nothing: *no (2 of 5)* says that two of five "
        "had one, not more than false alarms alone may give by chance at the rate the plan states for them, one in about four hospitals a year (exact binomial test, 0.025), *yes* that they are more. "
        f"Made by `python -m docs.drill`; `catamnesis drill --seed {drill.seed}` gives the same. How the rate is stated and shared "
        "out: [false alarms](../explanation/false-alarms.md)."
    )
    by_monitor = ", ".join(f"{name} {n}" for name, n in drill.false_alarms_by_monitor.items())
    faults = [[f"`{fault.name}`", fault.words] for fault in FAULTS]
    return "\n\n".join([
        MARK, "# Drill", said, sentence(drill) + f" By monitor: {by_monitor or 'none'}.",
        table(list(HEADS), [[f"`{row[0]}`", *row[1:]] for row in rows(drill)]), "## The faults", table(["fault", "what happens"], faults),
    ]) + "\n"  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(page(run(seed=SEED)), encoding="utf-8")
