"""`/api/v1/scope/`: may this deployment run on this study, and what a clinician let through since."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse

from backend.api.calling import Calling, calling
from backend.api.forms import MOST_BYTES, ChecksForm, TooLarge, read
from backend.asking import asked, overridden

router = APIRouter(prefix="/api/v1", dependencies=[Depends(calling)])


async def body_of(request: Request) -> bytes:
    """The body of a request, as long as it is not larger than it may be."""
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > MOST_BYTES:
            raise TooLarge(
                f"The body is larger than {MOST_BYTES >> 20} MiB; ask in smaller batches."
            )
    return body


@router.post("/scope/check")
def check(
    request: Request, caller: Calling, body: Annotated[bytes, Depends(body_of)]
) -> JSONResponse:
    """Decide one question, or many together; the answer is given once it is recorded."""
    form = read(body)
    forms = form.checks if isinstance(form, ChecksForm) else [form]
    said = asked(
        request.app.state.url,
        [one.check() for one in forms],
        account=caller.account, by=caller.by, token=caller.token, sites=caller.sites,
    )  # fmt: skip
    return JSONResponse({"decisions": said} if isinstance(form, ChecksForm) else said[0])


@router.get("/scope/overrides")
def overrides(request: Request, caller: Calling, deployment: str) -> JSONResponse:
    """The overrides of a deployment that let nothing through yet: ask again about their studies."""
    return JSONResponse(
        {
            "overrides": overridden(
                request.app.state.url, deployment, by=caller.by, sites=caller.sites
            )
        }
    )
