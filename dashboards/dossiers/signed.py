"""What people decided and signed of a deployment up to the data cut, as tables of a dossier."""

from dashboards.analyses.told import interval
from dashboards.dossiers.content import Block, Table
from dashboards.dossiers.facts import Facts
from dashboards.dossiers.tables import number, text, words


def validations(facts: Facts) -> list[Block]:
    """The local validations with criteria, last run and signature; nothing where there is none."""
    if not facts.validations:
        return []
    return [
        Table(
            key="validations",
            caption="Local validations: criteria fixed beforehand, last run, signature",
            columns=(
                text("key", "Validation"), text("period", "Period"), text("criteria", "Criteria"), number("cases", "Cases"),
                text("verdict", "Verdict"), text("signature", "Signature"),
            ),
            rows=tuple(
                (
                    plan.key,
                    f"{plan.content['from']} to {plan.content['to']}",
                    "; ".join(f"{words(c['metric'])} {c['claim']:g}, margin {c['margin']:g}" for c in plan.content["criteria"]),
                    run.content["cases"] if run else 0,
                    words(run.content["verdict"]) if run else "not run",
                    f"{signed.name}, {signed.signed_at:%Y-%m-%d}: {signed.meaning}. {signed.reason}" if signed else "not signed",
                )
                for plan, run, signed in facts.validations
            ),
        )
    ]  # fmt: skip


def operating_points(facts: Facts) -> list[Block]:
    """The decisions on each finding's operating point with their figures; nothing where there is none."""
    return [
        Table(
            key=f"operating_points_{finding}",
            caption=f"Decisions on the operating point: {words(finding)}",
            columns=(
                text("signed", "Signed"), number("in_force", "In force", places=3), number("chosen", "Chosen", places=3),
                text("sensitivity", "Sensitivity at it"), text("specificity", "Specificity at it"), text("reason", "By and why"),
            ),
            rows=tuple(
                (
                    f"{signed.signed_at:%Y-%m-%d}", decision.in_force, decision.chosen,
                    *(interval((decision.figures["chosen"]["corrected"] or decision.figures["chosen"])[m])
                      for m in ("sensitivity", "specificity")),
                    f"{signed.name}: {signed.reason}",
                )
                for decision, signed in decided
            ),
        )
        for finding, decided in facts.decided.items()
        if decided
    ]  # fmt: skip
