"""Writes the pages of docs/reference that the code knows best: python -m docs.generate"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docs.markdown import head, table
from docs.register_form import register_entry

DOCS = Path(__file__).parent
PACKAGES = ("register", "surveillance", "dashboards", "backend", "demo")


def main() -> None:
    """Write every generated page."""
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), encoding="utf-8")


def command_line() -> str:
    """Every command with its arguments and options."""
    import typer

    from backend.commands import app

    parts = [
        head(
            "Command line",
            "Every command answers to `--help`. Exit codes: [exit codes](exit-codes.md).",
        )
    ]
    for words, command in _commands((), typer.main.get_command(app)):
        rows = [
            [
                " / ".join(f"`{opt}`" for opt in [*p.opts, *p.secondary_opts])
                if p.param_type_name == "option"
                else f"`{p.name.upper()}`",
                ("required. " if p.required else "") + " ".join((p.help or "").split()),
            ]
            for p in command.params
            if p.name != "help"
        ]
        parts += [f"## `catamnesis {' '.join(words)}`", inspect.cleandoc(command.help or "")]
        if rows:
            parts.append(table(["argument or option", "meaning"], rows))
    return "\n\n".join(parts) + "\n"


def evidence() -> str:
    """Every file of a batch with its columns."""
    from surveillance.intake.sheet import sheets

    parts = [
        head(
            "Evidence, version 1",
            "A *batch* is a folder with any of these files, each as `NAME.csv` (UTF-8, commas, a header row) or "
            "`NAME.parquet`. Empty means missing. Timestamps are ISO 8601 with an offset. A column that is not "
            "listed is refused unless its name begins with `x_`. How to import: "
            "[import evidence](../how-to/import-evidence.md).",
        )
    ]
    for sheet in sheets().values():
        rows = []
        for column in sheet.columns:
            limits = " to ".join(
                f"{n:g}" for n in (column.minimum, column.maximum) if n is not None
            )
            rows.append(
                [
                    f"`{column.name}`",
                    column.kind,
                    "yes" if column.required else "",
                    " ".join(f"`{choice}`" for choice in column.choices)
                    or (
                        limits if column.maximum is not None else f"from {limits}" if limits else ""
                    ),
                    column.unit,
                    column.meaning,
                ]
            )
        key = " + ".join(f"`{name}`" for name in sheet.key)
        either = (
            f" One of {' and '.join(f'`{n}`' for n in sheet.one_of)} is needed."
            if sheet.one_of
            else ""
        )
        parts += [
            f"## `{sheet.name}`",
            f"Key: {key}.{either}",
            table(["column", "kind", "required", "values", "unit", "meaning"], rows),
        ]
    return "\n\n".join(parts) + "\n"


def statistics() -> str:
    """Every method with its inputs and outputs."""
    from surveillance.statistics.catalogue import METHODS

    parts = [
        head(
            "Statistics",
            "Every method by the name that `catamnesis qualify --cases` takes. An estimate that cannot be made is "
            "empty and has a reason. Sources stand in the docstrings of `surveillance/statistics`.",
        )
    ]
    for method in METHODS.values():
        rows = [
            [f"`{n}`", "input" if i.required else "input, optional", i.meaning]
            for n, i in method.inputs.items()
        ]
        rows += [[f"`{name}`", "output", meaning] for name, meaning in method.outputs.items()]
        parts += [f"## `{method.name}`", method.meaning, table(["name", "kind", "meaning"], rows)]
    return "\n\n".join(parts) + "\n"


def monitors() -> str:
    """Every monitor and every answer it may give."""
    from surveillance.cycle import MONITORS
    from surveillance.monitors.verdict import RINGS, Answer

    parts = [
        head(
            "Monitors",
            "A cycle puts the questions of every monitor to every deployment and finding.",
        )
    ]
    for name, watch in MONITORS.items():
        parts += [f"## `{name}`", inspect.cleandoc(watch.__doc__ or "")]
    said = {line.split("#")[0].split("=")[0].strip(): line.split("#")[1].strip()
            for line in inspect.getsource(Answer).splitlines() if "#" in line}  # fmt: skip
    rows = [[f"`{a}`", said[a.name], "yes" if a in RINGS else ""] for a in Answer]
    parts += ["## Answers", table(["answer", "meaning", "opens a signal"], rows)]
    return "\n\n".join(parts) + "\n"


def refusals() -> str:
    """Every refusal with what it means."""
    rows = [[f"`{r.__name__}`", (r.__doc__ or "").splitlines()[0]] for r in all_refusals()]
    return "\n\n".join([
        head("Refusals", "What cannot be done is told in one sentence on standard error, with exit code 1. "
              "These are the kinds; the sentence itself names the place and the remedy."),
        table(["kind", "meaning"], rows),
    ]) + "\n"  # fmt: skip


def all_refusals() -> list[type[Exception]]:
    """Every kind of refusal the product knows, by name."""
    from register.refusal import Refusal

    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            importlib.import_module(module.name)
    known = [kind for kind in _below(Refusal) if kind.__module__.split(".")[0] in PACKAGES]
    return sorted(known, key=lambda kind: kind.__name__)


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _commands(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from _commands((*words, name), one)
    else:
        yield words, command


def analyses() -> str:
    """Each analysis: its question, when it arises, and what it says of itself."""
    import inspect

    from surveillance.analyses import ANALYSES, BESIDE_CHANGES

    parts = [
        head(
            "Analyses",
            "What is asked of a deployment beyond its performance. A cycle answers every question that arises and keeps the "
            "answers; a page shows them, and `catamnesis analysis DEPLOYMENT [KIND] --json` derives them from the evidence "
            "as known at any moment. A question that does not arise (no measured values, no screening interval) has no "
            "answer.",
        )
    ]
    for kind, ask in {**ANALYSES, **BESIDE_CHANGES}.items():
        module = inspect.getmodule(ask)
        about = (module.__doc__ or "").strip() if module else ""
        parts += [f"## {kind}", about, inspect.cleandoc(ask.__doc__ or "")]
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/analyses.md": analyses,
    "reference/command-line.md": command_line,
    "reference/evidence.md": evidence,
    "reference/register-entry.md": register_entry,
    "reference/statistics.md": statistics,
    "reference/monitors.md": monitors,
    "reference/refusals.md": refusals,
}

if __name__ == "__main__":
    main()
