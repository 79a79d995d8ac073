"""Webhooks: where a company has its notices sent."""

from __future__ import annotations

import secrets as random

from sqlalchemy import delete, insert, select, update

from walras.service.clock import time_text
from walras.service.commands import SetWebhook
from walras.service.dispatch import Answer, handles
from walras.service.secrets import KEY_BYTES, seal
from walras.service.store.schema import deliveries, notices, webhooks
from walras.service.work import Work
from walras.service.worker.addresses import parts_of
from walras.service.worker.webhooks import LABEL


@handles(SetWebhook)
def set_webhook(work: Work, command: SetWebhook) -> Answer:
    """Keep an address with a new secret, which is shown once; without an address nothing is sent any more.

    Whether its name means a public machine is asked at each sending, since names change.
    """
    company = work.actor.company
    at = work.now()
    work.connection.execute(delete(webhooks).where(webhooks.c.company == company))
    if command.url is None:
        own = select(notices.c.id).where(notices.c.company == company)
        waiting = (deliveries.c.state == "waiting") & deliveries.c.notice.in_(own)
        work.connection.execute(update(deliveries).where(waiting).values(state="stopped"))
        work.record("members", "webhook stopped", {"company": company}, at)
        return {"url": None}
    parts_of(command.url, anywhere=command.url.startswith("http://"))
    secret = random.token_bytes(KEY_BYTES)
    sealed = seal(work.secrets.named("webhooks"), secret, f"{LABEL} {company}")
    work.connection.execute(insert(webhooks).values(company=company, url=command.url, sealed_secret=sealed, since=at))
    work.record("members", "webhook set", {"company": company, "url": command.url}, at)
    return {"url": command.url, "secret": secret.hex(), "since": time_text(at)}
