"""A backend with FastAPI: Meta's and Razorpay's webhooks, recharging a wallet, looking at it.

    pip install kloyst fastapi uvicorn
    KLOYST_URL=postgresql://… KLOYST_MASTER_KEY=… KLOYST_APP_SECRET=… KLOYST_RAZORPAY_SECRET=… \
        META_VERIFY_TOKEN=… uvicorn fastapi_app:app

A webhook is stored and answered at once; a task in the background applies what was stored. Any number of processes may run.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import AsyncIterator, Dict, Optional

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

import kloyst
import kloyst.aio

log = logging.getLogger("kloyst.app")


async def fold(client: kloyst.aio.Client) -> None:
    """Applies what the webhooks stored, for as long as the program runs."""
    while True:
        try:
            done = (await client.webhooks.fold(1000)).bodies + (await client.recharge.fold(100)).events
        except kloyst.KloystError as error:
            log.warning("%s: %s", error.code, error)
            done = 0
        if not done:
            await asyncio.sleep(0.2)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with await kloyst.aio.connect(migrate=True) as client:
        app.state.client = client
        folding = asyncio.create_task(fold(client))
        yield
        folding.cancel()
        await asyncio.gather(folding, return_exceptions=True)


app = FastAPI(title="kloyst example", lifespan=lifespan)


def client_of(request: Request) -> kloyst.aio.Client:
    client: kloyst.aio.Client = request.app.state.client
    return client


async def user_of(
    credentials: HTTPBasicCredentials = Depends(HTTPBasic()), client: kloyst.aio.Client = Depends(client_of)
) -> kloyst.User:
    try:
        return await client.users.authenticate(credentials.username, credentials.password)
    except kloyst.errors.CredentialsError:
        raise HTTPException(401, "unknown user or wrong password", {"WWW-Authenticate": "Basic"}) from None


@app.exception_handler(kloyst.KloystError)
async def refused(request: Request, error: kloyst.KloystError) -> Response:
    if isinstance(error, kloyst.errors.SignatureError):
        status = 401
    elif isinstance(error, kloyst.errors.NotFoundError):
        status = 404
    elif isinstance(error, kloyst.errors.InputError):
        status = 400
    elif isinstance(error, kloyst.errors.RefusedError):
        status = 409
    else:
        status = 500
        log.error("%s %s: %s: %s", request.method, request.url.path, error.code, error)
    return PlainTextResponse(error.code, status)


@app.get("/webhooks/meta")
async def handshake(
    mode: Optional[str] = Query(None, alias="hub.mode"),
    token: Optional[str] = Query(None, alias="hub.verify_token"),
    challenge: str = Query("", alias="hub.challenge"),
) -> Response:
    if not kloyst.webhook_challenge(mode, token, os.environ["META_VERIFY_TOKEN"]):
        return PlainTextResponse("", 403)
    return PlainTextResponse(challenge)


@app.post("/webhooks/meta")
async def meta(
    request: Request,
    signature: Optional[str] = Header(None, alias="X-Hub-Signature-256"),
    client: kloyst.aio.Client = Depends(client_of),
) -> Response:
    await client.webhooks.take(await request.body(), signature=signature)
    return Response()


@app.post("/webhooks/razorpay")
async def razorpay(
    request: Request,
    event_id: str = Header("", alias="X-Razorpay-Event-Id"),
    signature: Optional[str] = Header(None, alias="X-Razorpay-Signature"),
    client: kloyst.aio.Client = Depends(client_of),
) -> Response:
    await client.recharge.take(await request.body(), signature=signature, event_id=event_id)
    return Response()


class Recharge(BaseModel):
    """What the browser sends before it opens Razorpay's checkout; the order was made at Razorpay."""

    order_id: str
    amount: Decimal


@app.post("/recharges", status_code=201)
async def recharge(
    wanted: Recharge, user: kloyst.User = Depends(user_of), client: kloyst.aio.Client = Depends(client_of)
) -> Dict[str, str]:
    order = await client.recharge.create_order(user.vendor_id, wanted.order_id, wanted.amount)
    return {"order_id": order.id, "amount": str(order.amount), "currency": order.currency}


@app.get("/wallet")
async def wallet(
    user: kloyst.User = Depends(user_of), client: kloyst.aio.Client = Depends(client_of)
) -> Dict[str, str]:
    found = await client.wallet.get(user.vendor_id)
    return {"balance": str(found.balance), "held": str(found.held), "available": str(found.available)}


@app.get("/metrics")
async def metrics(client: kloyst.aio.Client = Depends(client_of)) -> Response:
    return PlainTextResponse(await client.metrics.prometheus(), media_type="text/plain; version=0.0.4")
