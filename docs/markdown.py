"""The little Markdown that generated pages are made of."""

MARK = "<!-- Written by docs/generate.py from the code; change the code, then run it again. -->"


def head(title: str, text: str) -> str:
    """The mark of a generated page, its title and its first paragraph."""
    return f"{MARK}\n\n# {title}\n\n{text}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table; a bar inside a cell is escaped.

    >>> print(table(["a"], [["b|c"]]))
    | a |
    | --- |
    | b\\|c |
    """
    lines = [
        heads,
        ["---"] * len(heads),
        *([cell.replace("|", "\\|") for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
