"""Subgroups against everybody else."""

from typing import Any


def cases(shift: str, found: int, missed: int) -> list[tuple[Any, ...]]:
    rows = {"studies": {"x_shift": shift}}
    return [*[("+", "", "+", rows)] * found, *[("-", "", "+", rows)] * missed]


def test_a_subgroup_that_is_served_worse_is_named(analysed) -> None:
    """Sensitivity 0.60 at night against 0.95 elsewhere, each over enough cases; a small third is not judged. The column is the site's own."""
    said = analysed([*cases("day", 95, 5), *cases("night", 60, 40), *cases("weekend", 5, 5)])[
        "subgroups"
    ]
    rows = {row["level"]: row for row in said["groups"] if row["by"] == "x_shift"}
    assert rows["night"]["differs"]
    assert rows["night"]["gap"]["estimate"] == 60 / 100 - 100 / 110
    assert rows["weekend"]["differs"] is None
    assert rows["weekend"]["subgroup"]["estimate"] == 0.5
    assert rows["weekend"]["pooled"]["estimate"] > 0.5


def test_more_subgroups_widen_every_interval(analysed) -> None:
    """The level of each interval follows from how many gaps there are."""
    said = analysed([*cases("day", 40, 10), *cases("night", 40, 10)])["subgroups"]
    assert (said["gaps"], said["level"]) == (2, 0.975)
    assert not any(row["differs"] for row in said["groups"])
