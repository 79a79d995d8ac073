"""Market documents that come in: what they say is done by the plain commands, and each gets our acknowledgement.

A document is taken whole or not at all: what its series did is undone when one of them is
refused, and the refusal itself stays, in the trail and as the answer to the same document
sent again.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from sqlalchemy import update

from walras.errors import BadInput, Mistake
from walras.formats import esmp
from walras.service.canonical import bytes_digest, digest_of
from walras.service.capacity.asking import stream_of
from walras.service.clock import SECOND, moment
from walras.service.commands import NominateSchedule, SendMarketDocument, SetEic, SubmitCapacity
from walras.service.dispatch import Answer, handles
from walras.service.esmp.eics import eics_of
from walras.service.esmp.incoming import capacities_of, check_role, listed, nominations_of, sent_of, within
from walras.service.esmp.view import OPERATOR_ROLE, party_role
from walras.service.handlers.capacity import submit_capacity
from walras.service.handlers.members import check_eic
from walras.service.handlers.schedules import nominate_schedule
from walras.service.permissions import NotAllowed
from walras.service.store import capacity as ledger
from walras.service.store import market_documents as stored
from walras.service.store import markets, users
from walras.service.store.schema import companies
from walras.service.work import Work, refuse

MOST_BYTES = 8 * 2**20
MOST_MISTAKES = 1000
OURS = re.compile(r"\d{4}-\d{2}-\d{2} (?:capacity|schedule|anomaly|confirmation) (\S+) ")
"""How the documents begin that we send (`view.View.identification`), with the addressee."""


@handles(SetEic)
def set_eic(work: Work, command: SetEic) -> Answer:
    """Write down the EIC of a company."""
    users.company(work.connection, command.company, is_locked=True)
    check_eic(work, command.eic, command.company)
    at = work.now()
    work.connection.execute(update(companies).where(companies.c.code == command.company).values(eic=command.eic))
    work.record("members", stored.EIC_ACT, {"company": command.company, "eic": command.eic}, at)
    return {"company": command.company, "eic": command.eic}


@handles(SendMarketDocument)
def send_market_document(work: Work, command: SendMarketDocument) -> Answer:
    """Do what a document says, or nothing, and answer with our acknowledgement either way."""
    data = _bytes_of(command.content_base64)
    markets.check_known(work.connection, command.market)
    ledger.lock(work.connection, command.market)
    eics = eics_of(work.connection, None)
    us, them = eics.company(eics.operator), eics.company(work.actor.company)
    eics.check()
    document, mistakes = _read(data)
    name, version = _named(document or data)
    digest = bytes_digest(data)
    before = name and stored.answered(work.connection, command.market, work.actor.company, name, version)
    if before and before[0] == digest:
        return before[1]
    done: list[Answer] = []
    if before:
        name, mistakes = None, [_conflict(version)]
    elif document is not None:
        mistakes = _wrong_parties(document, us, them)
        mistakes = mistakes or _wrong_version(work, command.market, document)
        mistakes = mistakes or _carry_out(work, command.market, document, done)
    return _answer(work, command.market, (document, data), mistakes, done, (us, them), name)


def _bytes_of(text: str) -> bytes:
    try:
        content = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        fix = "Send the bytes of the document in base64."
        raise refuse("this is no base64", "content_base64", "document_base64", fix) from None
    if not 0 < len(content) <= MOST_BYTES:
        what = f"the document has {len(content)} bytes"
        raise refuse(what, "content_base64", "document_size", f"Send 1 to {MOST_BYTES} bytes.")
    return content


def _read(data: bytes) -> tuple[esmp.Document | None, list[Mistake]]:
    try:
        return esmp.read_document(data), []
    except BadInput as error:
        return None, list(error.mistakes)


def _named(received: esmp.Document | bytes) -> tuple[str | None, int]:
    """Return identification and version as far as they can be read; documents without versions have 0."""
    nobody = esmp.Party("", None)
    said = esmp.acknowledge(
        received, [], identification="", created_at=moment(0), sender=nobody, receiver=nobody
    ).received
    return said.identification, said.version or 0


def _conflict(version: int) -> Mistake:
    what = f"version {version} of it came with another content before"
    return Mistake(what, "the document", "esmp_version", "Give a changed document the next version.")


def _wrong_version(work: Work, market: str, document: esmp.Document) -> list[Mistake]:
    """Return what is wrong with a version below one that was accepted."""
    _, version = _named(document)
    last = stored.last_version(work.connection, market, work.actor.company, document.identification)
    if not version or version > last:
        return []
    what = f"version {version} comes after version {last}"
    return [Mistake(what, "the document", "esmp_version", f"Send version {last + 1} or a later one.")]


def _wrong_parties(document: esmp.Document, us: str, them: str) -> list[Mistake]:
    """Return what is wrong with sender and receiver."""
    wrong = []
    if document.sender.code != them:
        what, fix = f"the sender is {document.sender.code}", f"Send as {them}, the EIC of the company of your key."
        wrong.append(Mistake(what, "sender_MarketParticipant.mRID", "esmp_sender", fix))
    if document.receiver.code != us:
        what, fix = f"the receiver is {document.receiver.code}", f"Address it to the market operator, {us}."
        wrong.append(Mistake(what, "receiver_MarketParticipant.mRID", "esmp_receiver", fix))
    return wrong


def _carry_out(work: Work, market: str, document: esmp.Document, done: list[Answer]) -> list[Mistake]:
    """Do what a document says; if anything is refused, undo all of it and return every mistake."""
    wrong: list[Mistake] = []
    rows, part = len(work.rows), work.connection.begin_nested()
    try:
        with listed(wrong):
            _by_kind(work, market, document, wrong, done)
    except NotAllowed as error:
        wrong.append(error.mistake)
    if wrong:
        part.rollback()
        del work.rows[rows:]
        done.clear()
    else:
        part.commit()
    return wrong


def _by_kind(work: Work, market: str, document: esmp.Document, wrong: list[Mistake], done: list[Answer]) -> None:
    match document:
        case esmp.CapacityDocument():
            check_role(work, SubmitCapacity)
            done.append(submit_capacity(work, capacities_of(sent_of(work, market, document))))
        case esmp.ScheduleDocument():
            check_role(work, NominateSchedule)
            for where, command in nominations_of(work, sent_of(work, market, document), wrong):
                try:
                    done.append(nominate_schedule(work, command))
                except BadInput as error:
                    wrong += [within(m, where) for m in error.mistakes]
        case esmp.AcknowledgementDocument():
            _acknowledged(work, document)
        case _:
            what = f"a {type(document).__name__} is not taken in here"
            fix = "Send capacity, schedule or acknowledgement documents."
            raise refuse(what, "the document", "esmp_kind", fix)


def _acknowledged(work: Work, document: esmp.AcknowledgementDocument) -> None:
    """Check that an acknowledgement is of a document that we sent to its sender."""
    name = document.received.identification or ""
    found = OURS.match(name)
    if found is None or found[1] != work.actor.company:
        what, fix = f"we sent no document {name!r} to you", "Repeat the mRID of the document that you got."
        raise refuse(what, "received_MarketDocument.mRID", "esmp_received", fix)


def _answer(
    work: Work, market: str, received: tuple[esmp.Document | None, bytes], mistakes: list[Mistake],
    done: list[Answer], parties: tuple[str, str], name: str | None,
) -> Answer:  # fmt: skip
    """Write our acknowledgement, and keep it with the document; what was refused is kept by its digest alone."""
    at, number = work.now(), users.next_id(work.connection, "D")
    (document, data), (us, them) = received, parties
    acknowledgement = esmp.acknowledge(
        data, mistakes, identification=f"ACK {number} {market}", created_at=moment(at // SECOND * SECOND),
        sender=esmp.Party(us, OPERATOR_ROLE), receiver=esmp.Party(them, party_role(work.actor.role)),
    )  # fmt: skip
    said = acknowledgement.received
    listed_mistakes = [{"what": m.what, "where": m.where, "rule": m.rule, "fix": m.fix}
                       for m in mistakes[:MOST_MISTAKES]]  # fmt: skip
    answer: dict[str, Any] = {
        "document": number, "is_accepted": not mistakes, "mistakes": listed_mistakes, "done": done,
        "acknowledgement": esmp.write_document(acknowledgement).decode(),
    }  # fmt: skip
    digest = bytes_digest(data)
    stored.add(
        work.connection, answer, id=number, market=market, company=work.actor.company, identification=name,
        version=said.version or 0, digest=digest, content=None if mistakes else data, is_accepted=not mistakes, at=at,
    )  # fmt: skip
    body = {"document": number, "digest": digest, "identification": said.identification, "version": said.version or 0,
            "kept_as": name, "answer_digest": digest_of(answer)}  # fmt: skip
    if isinstance(document, esmp.AcknowledgementDocument):
        body |= {"acknowledged": document.received.identification, "is_positive": document.accepted}
    act = "document rejected" if mistakes else "document accepted"
    work.record(stream_of(market), act, body | {"rules": sorted({m.rule for m in mistakes})}, at)
    return answer
