"""How section 7 of a scope review counts the questions about a claim."""

from dataclasses import replace

from dashboards.dossiers.annual_scope_review import answered
from surveillance.monitors.verdict import Answer, Verdict

MET = Verdict(
    deployment="d", finding="f", monitor="performance", metric="sensitivity", answer=Answer.MET, rule="r", sentence="s",
    action="", estimate=0.93,
)  # fmt: skip
NOT_SHOWN = replace(MET, answer=Answer.NOT_SHOWN)


def test_what_could_not_be_estimated_is_counted_apart() -> None:
    """No *met* stands in one count with what nothing could be said of."""
    assert answered([MET, MET, NOT_SHOWN, replace(NOT_SHOWN, estimate=None)]) == (
        "Questions about the claim at the data cut, of those that could be estimated: 2 met, 1 not shown. "
        "Not estimable, and so not counted among these: 1."
    )
    assert "Not estimable" not in answered([MET])
    assert answered([]) == "No question about the claim was asked."
