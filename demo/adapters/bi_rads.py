"""What a BI-RADS category means for a report of the interchange.

Source: ACR BI-RADS Atlas, 5th edition: 4 and 5 call for biopsy, 3 for imaging after a short
interval, 0 says that the assessment is not complete.
"""

import pandas as pd

CALLS = {
    "0": "indeterminate", "1": "negative", "2": "negative", "3": "negative",
    "4": "positive", "4a": "positive", "4b": "positive", "4c": "positive", "5": "positive",
}  # fmt: skip
ACTIONS = {
    "0": "recall", "1": "none", "2": "none", "3": "imaging",
    "4": "biopsy", "4a": "biopsy", "4b": "biopsy", "4c": "biopsy", "5": "biopsy",
}  # fmt: skip
SEVERITY = {"1": 1, "2": 2, "3": 3, "0": 4, "4": 5, "4a": 5, "4b": 6, "4c": 7, "5": 8}
"""Order of categories: of several lesions in one image the most pressing stands for it."""


def call(category: "pd.Series[str]") -> "pd.Series[str]":
    """Positive where biopsy is due, indeterminate where the assessment is incomplete."""
    return category.map(CALLS)


def action(category: "pd.Series[str]") -> "pd.Series[str]":
    """What the category recommends."""
    return category.map(ACTIONS)
