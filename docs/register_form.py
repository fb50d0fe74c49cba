"""The page of the register entry, read off the form and the tables behind it."""

from collections.abc import Iterator
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from docs.markdown import head, table
from register import monitoring_plan
from register.protocols import ShippedProtocol

_OPTIONAL = {
    "laterality": "`same`: an outcome of the other side does not count; `any` by default",
    "episode_days": "examinations of a patient no further apart than this belong to one episode",
    "interval_days": "length of a screening interval; what comes to light in it is an interval cancer",
    "cut_offs": "clinical cut-offs of a measured value at which agreement is shown",
    "acceptable_difference": "largest difference of a measured value that changes nothing in care",
    "accuracy": "per kind of evidence `{sensitivity, specificity, source}`, each a rate or `{right, of}` of a "
    "validation study; figures are then also given corrected for the errors of the reference",
}


def _shipped(found: ShippedProtocol) -> str:
    rules = yaml.safe_dump(
        {found.name: found.rules}, sort_keys=False, default_flow_style=None, width=100
    )
    traps = "\n".join(f"- {trap}" for trap in found.traps)
    sources = "\n".join(f"- {source}" for source in found.sources)
    return (
        f"### {found.use_case}\n\n`{found.name}`, version {found.version}\n\n```yaml\n{rules}```\n\n"
        f"What to mind:\n\n{traps}\n\nAfter:\n\n{sources}"
    )


def register_entry() -> str:
    """The YAML form with every field, the scope's attributes and the evidence of a reference standard."""
    from register import entry_form
    from register.protocols import shipped
    from register.reference_standard import EVIDENCE
    from register.scope import ATTRIBUTES
    from register.stop_rules import METRICS, SHARE, SIGNALS, STRATA

    parts = [
        head(
            "Register entry",
            "One YAML file: an algorithm with its deployments, the sites they run at, or both. "
            "`catamnesis register import` takes it and `register export` gives it back. An unknown field is refused.",
        )
    ]
    for form in _forms(entry_form.EntryForm):
        rows = []
        for name, field in form.model_fields.items():
            rows.append(
                [
                    f"`{field.alias or name}`",
                    _kind(field.annotation),
                    "yes" if field.is_required() else "",
                    _meaning(form, name),
                ]
            )
        parts += [
            f"## {form.__name__.removesuffix('Form')}",
            (form.__doc__ or "").splitlines()[0],
            table(["field", "kind", "required", "meaning"], rows),
        ]
    parts += [
        "## Scope",
        "A scope maps attributes to conditions; all of them must hold. An attribute that is missing makes the "
        "decision *undeterminable*, which does not run. Conditions: `in`, `not_in`, `min`, `max` (with `unit`), "
        "`absent: true`, `present: true`.",
        table(["attribute", "unit"], [[f"`{name}`", unit] for name, unit in ATTRIBUTES.items()]),
        "## Stop rules",
        "`monitoring` may hold `stop_rules`, a list of conditions under which the cycle suspends the deployment at once "
        "([how](../how-to/lifecycle.md#stop-rules-agreed-beforehand)). Each is `{metric, below}` with "
        f"{_listed(METRICS)}, `{{metric, above}}` with `{SHARE}`, or `{{signal}}` with {_listed(SIGNALS)}. `finding` is one of the "
        "deployment's, any where it is left out; `stratum` is `all` or one level of one of "
        f"{_listed(STRATA)}: `{{setting: emergency}}`. Limits lie between 0 and 1.",
        "## Monitoring rules",
        "`monitoring` may hold `rules`, a list of what is watched; without it the default ones are. Each is `{watch, finding, by, detect, "
        "direction, false_alarms_per_year, owner, cadence, action}`, only `watch` is needed. `by` is one of "
        f"{_listed(monitoring_plan.STRATA)} or an `x_` column of the site's own, all cases where it is left out; `direction` one of `lower`, `higher`, `either`; `detect` the "
        "difference of shares that the chart is set for. `false_alarms_per_year` of `monitoring` (1 where left out) is the budget of the whole "
        "deployment; what rules do not claim of it is shared out evenly ([how](../explanation/false-alarms.md)). `reference: {from, to}` is "
        "the locked reference window. `cadence` is one of "
        f"{_listed(tuple(monitoring_plan.CADENCES))}: so often `owner` is asked by a task to look at the charts, whether they ring or not; left out, only what rings "
        "calls. What is not in the default rules is watched only where a plan says so: "
        f"{_listed(tuple(sorted(monitoring_plan.ON_REQUEST)))}.",
        table(["watch", "meaning", "direction", "detect"], [
            [f"`{name}`", watch.words, watch.direction, f"{watch.detect:g}"] for name, watch in monitoring_plan.WATCHES.items()
        ]),
        "## Reference standard",
        "`positive` and `negative` are lists of rules `{evidence, within_days, codes}`. A negative by follow-up is "
        "`{no_positive_until_days: N, requires: follow_up}`. `order` names the kinds of evidence, the strongest "
        "first; `matures_after_days` says when a case without outcome stops being pending. Kinds of evidence:",
        "\n".join(f"- `{kind}`" for kind in EVIDENCE),
        "A rule may decide by the measured value of the outcome instead of its source's word: `at_least` or "
        "`below`, with `unit`. Further parts, each optional:",
        table(["part", "meaning"], [[f"`{name}`", meaning] for name, meaning in _OPTIONAL.items()]),
        "Instead of rules an indication may name a protocol that ships with the product: "
        "`reference_standard: {protocol: pulmonary_embolism}`. What is written beside the name goes before. The "
        "register records it spelt out, with its version.",
        *(_shipped(found) for found in shipped().values()),
        "## Choices",
        table(["field", "values"], [
            [f"`{name}`", " ".join(f"`{value}`" for value in getattr(entry_form, constant))]
            for name, constant in (("purpose", "PURPOSES"), ("specialty", "SPECIALTIES"),
                                   ("pathway", "PATHWAYS"), ("use_mode", "USE_MODES"))
        ]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _meaning(form: type[BaseModel], name: str) -> str:
    """What the column that records a field says of itself; a field without one of its own says nothing."""
    from register.algorithm import Algorithm, Commitment, ProductVersion
    from register.clearance import Clearance
    from register.deployment import Deployment, Site
    from register.indication import Indication

    recorded: dict[str, Any] = {
        "AlgorithmForm": Algorithm, "DeviceForm": ProductVersion, "ClearanceForm": Clearance,
        "IndicationForm": Indication, "CommitmentForm": Commitment, "DeploymentForm": Deployment, "SiteForm": Site,
    }  # fmt: skip
    columns = recorded[form.__name__].__table__.columns if form.__name__ in recorded else {}
    return str(columns[name].comment) if name in columns else ""


def _forms(form: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A form and every form inside it, each once, from the outside in."""
    waiting, seen = [form], []
    while waiting:
        one = waiting.pop(0)
        if one in seen:
            continue
        seen.append(one)
        yield one
        for field in one.model_fields.values():
            waiting += [
                k
                for k in _parts(field.annotation)
                if isinstance(k, type) and issubclass(k, BaseModel)
            ]


def _parts(kind: Any) -> list[Any]:
    inner = get_args(kind)
    return [part for one in inner for part in _parts(one)] if inner else [kind]


def _kind(kind: Any) -> str:
    """A type in words: `date`, list of Claim, text to number."""
    words = {
        "str": "text",
        "float": "number",
        "int": "whole number",
        "Any": "anything",
        "dict": "mapping",
    }
    origin, parts = getattr(kind, "__origin__", None), get_args(kind)
    if origin is list:
        return f"list of {_kind(parts[0])}"
    if origin is dict:
        return "mapping"
    if kind is type(None) or not parts:
        name = getattr(kind, "__name__", str(kind))
        return words.get(name, name.removesuffix("Form"))
    if all(isinstance(part, str) for part in parts):
        return ", ".join(f"`{part}`" for part in parts)
    if hasattr(kind, "__metadata__"):
        return _kind(origin)
    return " or ".join(_kind(part) for part in parts if part is not type(None))
