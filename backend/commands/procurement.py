"""`catamnesis procurement`: what is looked at before an algorithm is taken on at a site."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.commands.answers import written_answers
from backend.commands.telling import AsJson, counted, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

app = typer.Typer(
    help="Before an algorithm is taken on: intended use, AI Act, due diligence.",
    no_args_is_help=True,
)
Algorithm = Annotated[str, typer.Argument(help="Key of the algorithm.")]
Site = Annotated[str, typer.Argument(help="Key of the site.")]
Answers = Annotated[Path, typer.Argument(help="YAML file of answers.", exists=True, dir_okay=False)]


@app.command("intended-use")
def intended_use(
    algorithm: Algorithm,
    letter: Annotated[
        bool, typer.Option(help="Print the letter to the manufacturer only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Which of the six items the intended use states, and what to ask the manufacturer.

    Example: catamnesis procurement intended-use ctbrain-triage
    """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.intended_use import intended_use_page
    from dashboards.pages.shown import as_json as plain

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = intended_use_page(session, algorithm, at=now())
    if as_json:
        tell_json(plain(page))
        return
    if letter:
        typer.echo(page.letter or "Nothing to ask: every item is stated.", nl=not page.letter)
        return
    for said in page.statements:
        tell_table(
            f"{said.name}: states {said.score}", ("item", ""), [(i.name, i.badge.word.lower()) for i in said.items]
        )  # fmt: skip
    for finding in page.findings:
        typer.echo(f"Finding: {finding}")
    if page.findings:
        typer.echo(f"The letter: catamnesis procurement intended-use {algorithm} --letter")


@app.command("ai-act")
def ai_act(
    algorithm: Algorithm,
    site: Site,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="In force on which day; today by default."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What the answers come to under the AI Act, or the questions that are open.

    Example: catamnesis procurement ai-act ctbrain-triage north
    """
    from datetime import UTC

    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.ai_act import ai_act_page
    from dashboards.pages.shown import as_json as plain

    at = on.replace(tzinfo=UTC) if on else now()
    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = ai_act_page(session, algorithm, site, at=at)
    if as_json:
        tell_json({k: v for k, v in plain(page).items() if k not in ("hindered", "problem")})
        return
    typer.echo(f"{page.name} at {page.site_name}: {page.badge.word}. Version {page.version}.")
    if page.superseded_by:
        typer.echo(f"Version {page.superseded_by} holds now: answer it anew.")
    for said in page.conclusions:
        typer.echo(f"{said.about.capitalize()}: {said.sentence} ({said.article})")
    if page.next:
        typer.echo(page.next)
        tell_table(
            "Open questions",
            ("key", "question", "answers"),
            [
                (q.key, f"{q.text} ({q.article})", "\n".join(f"{c.value}: {c.label}" for c in q.choices))
                for q in page.questions
                if not q.chosen
            ],
        )  # fmt: skip
        return
    tell_table(
        f"What binds us, on {at.date()}",
        ("article", "what is owed", "in force", "from"),
        [(d.article, d.title, d.badge.word.lower(), d.since) for d in page.applies],
    )
    tell_table(
        "What does not bind us",
        ("article", "why"),
        [(d.article, d.why) for d in page.does_not],
    )
    for caveat in page.caveats:
        typer.echo(f"Note: {caveat}")


@app.command("answer-ai-act")
def answer_ai_act(
    algorithm: Algorithm, site: Site, answers: Answers, account: Name, password: Password
) -> None:
    """Keep answers to the AI Act's questionnaire, from a file `question: {answer: …, reason: …}`.

    Example: catamnesis procurement answer-ai-act ctbrain-triage north ai-act.yaml --account ben
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register.ai_act import answering

    said = {
        key: answering.Said(answer=one["answer"], reason=one["reason"])
        for key, one in written_answers(answers, "reason").items()
    }
    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        kept = answering.answer(
            session, algorithm, site, said, by=person.key, role=person.role, at=now()
        )
    typer.echo(f"{counted(kept, 'new answer')}. Next: catamnesis procurement ai-act {algorithm} {site}")  # fmt: skip


@app.command()
def show(algorithm: Algorithm, site: Site, as_json: AsJson = False) -> None:
    """The checklist of due diligence: what is known, what was answered, what is open.

    Example: catamnesis procurement show ctbrain-triage north
    """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.due_diligence import due_diligence_page
    from dashboards.pages.shown import as_json as plain

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = due_diligence_page(session, algorithm, site, at=now())
    if as_json:
        left_out = ("choices", "accept", "problem")
        said = plain(page)
        said["items"] = [{k: v for k, v in i.items() if k not in left_out} for i in said["items"]]
        tell_json(said)
        return
    typer.echo(f"{page.name} at {page.site_name}: {page.badge.word.lower()}. {page.summary}")
    tell_table(
        "Due diligence",
        ("item", "stands", "known", "answer rests on"),
        [(i.key, i.badge.word.lower(), i.known or "–", i.evidence or "–") for i in page.items],
    )


@app.command()
def measure(algorithm: Algorithm, site: Site, as_json: AsJson = False) -> None:
    """Count how the site's studies of the last 365 days fit the cleared scope, and keep the count.

    Example: catamnesis procurement measure ctbrain-triage north
    """
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from surveillance.procurement.fitting import measure_fit

    with database() as url, unit_of_work(url, by=whoami()) as session:
        fits = measure_fit(session, raw(session), algorithm, site, at=now())
        said = [(fit.sentence(), fit.model_dump(mode="json", exclude={"id"})) for fit in fits]
    if as_json:
        tell_json([plain for _, plain in said])
        return
    for sentence, plain in said:
        typer.echo(sentence)
        for name, levels in plain["content"]["strata"].items():
            tell_table(
                f"By {name}",
                (name, "in", "out", "undeterminable"),
                [(level, *counts.values()) for level, counts in levels.items()],
            )


@app.command()
def answer(
    algorithm: Algorithm, site: Site, answers: Answers, account: Name, password: Password
) -> None:
    """Keep answers to the checklist, from a file `item: {answer: met, evidence: …}`.

    Example: catamnesis procurement answer ctbrain-triage north due-diligence.yaml --account anna
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.procurement import diligence

    found = {
        key: diligence.Found(answer=one["answer"], evidence=one["evidence"])
        for key, one in written_answers(answers, "evidence").items()
    }
    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        kept = diligence.answer(
            session, algorithm, site, found, by=person.key, role=person.role, at=now()
        )
    typer.echo(f"{counted(kept, 'new answer')}. Next: catamnesis procurement show {algorithm} {site}")  # fmt: skip


@app.command()
def accept(
    algorithm: Algorithm,
    site: Site,
    item: Annotated[str, typer.Argument(help="Key of the item.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    account: Name,
    password: Password,
) -> None:
    """Accept that an item is not met, as someone else than who answered it.

    Example: catamnesis procurement accept ctbrain-triage north pacs --account ben --reason "Update due in May."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.procurement import diligence

    with database() as url, unit_of_work(url, by=account) as session:
        diligence.accept(
            session, algorithm, site, item, reason=reason, at=now(),
            signer=signer(session, key=account, password=password),
        )  # fmt: skip
    typer.echo(f"{account} accepted that '{item}' is not met: {reason}")
