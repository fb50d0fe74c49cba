"""`catamnesis review`: the yearly scope review, completed by one person and approved by another."""

from datetime import datetime
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password
from register.refusal import Refusal

app = typer.Typer(help="The yearly scope review of a deployment.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the review.")]
Deployment = Annotated[str, typer.Argument(help="Key of the deployment.")]
Why = Annotated[str, typer.Option(help="Why, in a sentence.")]


class RemarkNotUnderstood(Refusal):
    """A remark is written with the number of its section before it, as 8=None on file."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every review: where it stands and when it is due. Example: catamnesis review list"""
    from backend.database import database, unit_of_work
    from register.scope_review import reviews

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            {
                "review": one.review.id, "deployment": one.review.deployment, "due": str(one.review.due),
                "standing": "withdrawn" if one.withdrawn else "approved" if one.over else "waits for approval" if one.waiting else "sent back" if one.last else "open",
                "decision": one.last.said.decision if one.last else "",
                "next": str(one.last.said.next_review) if one.last and one.approved else "",
            }
            for one in reviews(session)
        ]  # fmt: skip
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Scope reviews",
            list(said[0]) if said else ["none yet"],
            [list(one.values()) for one in said],
        )


@app.command("open")
def open_(
    deployment: Deployment,
    reason: Why,
    account: Name,
    password: Password,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day of a first review; a year ago by default."),
    ] = None,
) -> None:  # fmt: skip
    """Open a review before its day; one that falls due is opened by the cycle.

    Example: catamnesis review open ctbrain-north-ed --account ben --reason "New scanners since May."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.review_opening import open_early

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        row = open_early(
            session, deployment, signer=person, reason=reason, at=now(), period_from=first.date() if first else None
        )  # fmt: skip
        number, due = row.id, row.due
    typer.echo(f"Review {number} of {deployment} is open before its day, {due}. Next: catamnesis review gather {number}")  # fmt: skip


@app.command()
def withdraw(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Withdraw a review that you opened before its day, while nobody has completed it.

    Example: catamnesis review withdraw 3 --account ben --reason "Opened for the wrong deployment."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import review_opening

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        review_opening.withdraw(session, number, signer=person, reason=reason, at=now())
    typer.echo(f"Review {number} is withdrawn: {reason}")


@app.command()
def gather(number: Number, as_json: AsJson = False) -> None:
    """Gather the thirteen sections up to the last cycle, as a dossier. Example: catamnesis review gather 3"""
    from backend import reviewing
    from backend.database import database

    with database() as url:
        filed = reviewing.gather(url, number, by=whoami())
    if as_json:
        tell_json(filed.model_dump(mode="json"))
    else:
        typer.echo(
            f"{filed.id}: study days {filed.period_from} to {filed.period_to}\n{filed.folder}\n"
            f"Read it; next: catamnesis review complete {number} --help"
        )


@app.command()
def complete(
    number: Number,
    decision: Annotated[
        str, typer.Option(help="continue, restrict, retrain, suspend or retire.")
    ],
    conclusion: Annotated[str, typer.Option(help="Conclusion, with reasons.")],
    account: Name,
    password: Password,
    remark: Annotated[
        list[str] | None, typer.Option(help="Section and what is said of it, as 8=None on file. Repeat it.")
    ] = None,
    conditions: Annotated[str, typer.Option(help="What is restricted, or what is to be trained.")] = "",
    despite: Annotated[str, typer.Option(help="Why it continues although a claim is breached.")] = "",
    next_review: Annotated[
        datetime | None,
        typer.Option("--next", formats=["%Y-%m-%d"], help="Day of the next review; a year on by default."),
    ] = None,
) -> None:  # fmt: skip
    """Answer what a person must, conclude, and sign; someone of the other role approves.

    Example: catamnesis review complete 3 --decision continue --conclusion "As claimed." --remark "8=None." --account ben
    """
    from backend import reviewing
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register.scope_review import Decision, latest_next
    from surveillance.review_opening import NotReviewed
    from surveillance.reviewing import Answers, of

    if decision not in tuple(Decision):
        raise NotReviewed(f"'{decision}' cannot be decided. There are: {', '.join(Decision)}.")
    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        due = of(session, number).review.due
        answers = Answers(
            remarks=dict(map(_remark, remark or ())), conclusion=conclusion, decision=Decision(decision), conditions=conditions,
            despite=despite, next_review=next_review.date() if next_review else latest_next(due, now().date()),
        )  # fmt: skip
        row = reviewing.complete(session, number, answers, signer=person, at=now())
        dossier, following = row.dossier, row.next_review
    typer.echo(
        f"Review {number} is completed: {decision}, next review {following}, over {dossier}. Next, by someone of the other "
        f"role: catamnesis review approve {number}"
    )


@app.command()
def approve(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Approve a review of someone else; its decision is carried out. Example: catamnesis review approve 3 --account anna --reason "Agreed." """
    _decide(number, reason, account, password, approve=True)


@app.command("send-back")
def send_back(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Send a review of someone else back. Example: catamnesis review send-back 3 --account anna --reason "Section 8 is open." """
    _decide(number, reason, account, password, approve=False)


@app.command()
def show(deployment: Deployment, as_json: AsJson = False) -> None:
    """Where the review of a deployment stands, its sections in short, and every signature.

    Example: catamnesis review show ctbrain-north-ed
    """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.review import review_page
    from dashboards.pages.shown import as_json as plain

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = review_page(session, deployment, at=now())
    if as_json:
        said = plain(page)
        tell_json({name: said[name] for name in ("key", "state", "standing", "next_step", "breached", "dossier", "sections", "reviews")})  # fmt: skip
        return
    typer.echo(f"{page.key}: {page.standing.word.lower()}. {page.next_step}")
    for sentence in page.breached:
        typer.echo(f"A claim is breached: {sentence}")
    if page.sections:
        tell_table(
            "Sections as gathered",
            ("section", "what it says in short", "a person must answer"),
            [(f"{s.number}. {s.title}", s.brief, s.question) for s in page.sections],
        )
    tell_table(
        "Reviews",
        ("number", "due", "standing", "decision", "signatures"),
        [
            (r.number, r.due, r.badge.word.lower(), r.completions[0].decision if r.completions else "",
             "; ".join(f"{s.name}: {s.meaning}. {s.reason}" for c in r.completions for s in c.signatures))
            for r in page.reviews
        ],
    )  # fmt: skip


def _decide(number: int, reason: str, account: str, password: str, *, approve: bool) -> None:
    from backend import reviewing
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.reviewing import of

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        done = reviewing.decide(
            session, number, approve=approve, signer=person, reason=reason, at=now()
        ).said
        deployment = of(session, number).review.deployment
        decision, following = done.decision, done.next_review
    typer.echo(
        f"Review {number} is approved: {decision}. The next review of {deployment} is on {following}."
        if approve
        else f"Review {number} is sent back; its author completes it anew."
    )


def _remark(text: str) -> tuple[str, str]:
    section, equals, said = text.partition("=")
    if not equals:
        raise RemarkNotUnderstood(f"'{text}': {RemarkNotUnderstood.__doc__}")
    return section.strip(), said.strip()
