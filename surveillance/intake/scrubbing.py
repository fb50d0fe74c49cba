"""Free text is scrubbed of what names a person before it is kept."""

SCRUBBED: tuple[tuple[str, str], ...] = (
    (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "[e-mail]"),
    (r"\b\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})\b", "[date]"),
    (r"\b\d{4}-\d{2}-\d{2}\b", "[date]"),
    (r"\+?\d[\d /-]{6,}\d", "[number]"),
    (r"\b\d{6,}\b", "[number]"),
    (r"\b(Dr|Prof|Mr|Mrs|Ms|Herr|Frau)\b\.?( ?(Dr|Prof|med)\.?)*( \p{Lu}[\p{L}-]+){1,2}", "[name]"),
)
"""Patterns in the order they are applied, and what stands in their place (RE2 syntax)."""


def scrubbed(column: str) -> str:
    """A columnar expression for a text column with identifiers replaced."""
    expression = column
    for pattern, replacement in SCRUBBED:
        expression = f"regexp_replace({expression}, '{pattern}', '{replacement}', 'g')"
    return expression
