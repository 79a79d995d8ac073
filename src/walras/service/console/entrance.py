"""Ways in: sign-in, first enrolment with an API key, sign-out, application of a company, and of rehearsals.

Plain forms without scripts. The token of a sign-in leaves in a cookie that scripts cannot read;
passwords, keys and codes are read from bodies alone, never from addresses.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

import anyio.to_thread
import segno
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from walras.errors import BadInput, Mistake
from walras.service.api.limits import body_of
from walras.service.api.problems import Refused, from_validation
from walras.service.bootstrap import Service
from walras.service.commands import ApplyForMembership, ConfirmEnrolment, EnrolForConsole
from walras.service.console import plain
from walras.service.console.desk import CLAIMS
from walras.service.console.guard import TOKEN, cookie_facts
from walras.service.console.tickets import Tickets
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.rehearsal.entering import enter
from walras.service.rehearsal.people import people
from walras.service.roles import PUBLIC, Actor
from walras.service.sign_in import guard as guards
from walras.service.sign_in import sign_in, sign_out
from walras.service.store.instance import is_rehearsal
from walras.service.store.users import authenticate

ENROLMENT = "walras-enrolment"
ENROLMENT_SECONDS = 600
MOST_FORM_BYTES = 20_000


def router(service: Service) -> APIRouter:
    """Return the ways in over a service."""
    routes = APIRouter()
    doors = _Entrance(service)
    for path, method, endpoint in (
        ("/sign-in", "GET", doors.sign_in_form), ("/sign-in", "POST", doors.sign_in),
        ("/sign-in/again", "POST", doors.again),
        ("/sign-out", "POST", doors.sign_out),
        ("/enrol", "GET", doors.enrol_form), ("/enrol", "POST", doors.enrol), ("/enrol/code", "POST", doors.confirm),
        ("/apply", "GET", doors.apply_form), ("/apply", "POST", doors.apply),
        ("/rehearsal", "GET", doors.rehearsal), ("/rehearsal", "POST", doors.enter),
        ("/back", "GET", doors.back),
    ):  # fmt: skip
        routes.add_api_route(path, _answering(endpoint), methods=[method], include_in_schema=False, response_model=None)
    return routes


def _answering(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint answer what it refuses with a plain page."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as error:
            return _refusal(request, error)

    return answered


def _refusal(request: Request, error: Refused) -> Response:
    """Return the page of a refusal; of too many attempts it says when to try again."""
    _, t = plain.words_for(request)
    seconds = int(error.headers.get("Retry-After", "60"))
    if error.status == 429:
        said = t("Too many attempts came from your network. Try again in {minutes} min.")
        body = f'<p role="alert">{escape(said.format(minutes=math.ceil(seconds / 60)))}</p>'
        answer = plain.page(request, t("Too many attempts"), body, 429)
    else:
        answer = plain.page(request, t("This cannot be taken"), plain.problems(t, [error.mistake]), error.status)
    answer.headers.update(error.headers)
    return answer


class _Entrance:
    """The endpoints."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.enrolments = Tickets[Actor](ENROLMENT_SECONDS, most=1000)

    async def sign_in_form(self, request: Request) -> Response:
        """Show the form of a sign-in."""
        return self._sign_in_page(request, request.query_params.get("next", "/"), "", [])

    def _sign_in_page(self, request: Request, after: str, user: str, mistakes: list[Mistake]) -> Response:
        _, t = plain.words_for(request)
        fields = (
            f'<input type="hidden" name="next" value="{escape(own_address(after), quote=True)}">',
            plain.field("user", t("User, such as U-0007"), value=user,
                        more='autocomplete="username" required autofocus'),
            plain.field("password", t("Password"), "password", more='autocomplete="current-password" required'),
            plain.field("code", t("One-time code"),
                        more='inputmode="numeric" autocomplete="one-time-code" required maxlength="8"'),
        )  # fmt: skip
        links = (
            f'<p class="quiet"><a href="/enrol">{escape(t("First time here? Enrol with your API key"))}</a><br>'
            f'<a href="/apply">{escape(t("Apply for membership"))}</a></p>'
        )
        with self.service.store.read() as connection:
            if is_rehearsal(connection):
                links = f'<p><a href="/rehearsal">{escape(t("This is a rehearsal: enter as anybody"))}</a></p>' + links
        body = plain.problems(t, mistakes) + plain.form("/sign-in", fields, t("Sign in")) + links
        return plain.page(request, t("Sign in"), body, 403 if mistakes else 200)

    async def sign_in(self, request: Request) -> Response:
        """Sign in, and go where the person wanted to."""
        given = await typed(request)
        address = _address_of(request)
        parts = (given.get("user", ""), given.get("password", ""), given.get("code", ""))
        try:
            signed = await _thread(sign_in, self.service.store, self.service.secrets, *parts, address)
        except (NotKnown, Refused) as error:
            return self._sign_in_page(request, given.get("next", "/"), given.get("user", ""), [error.mistake])
        return _entered(request, signed.token, given.get("next", "/"))

    async def again(self, request: Request) -> Response:
        """Let a screen go on with the sign-in of this browser: 409 where that is somebody else's than the screen's."""
        desk = CLAIMS.take((await typed(request)).get("secret", ""))
        if desk is None:
            return Response(status_code=404)
        try:
            is_taken = await _thread(desk.take, request.cookies.get(TOKEN, ""))
        except NotKnown:
            return Response(status_code=403)
        return Response(status_code=204 if is_taken else 409)

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in of this browser."""
        token = request.cookies.get(TOKEN, "")
        if token:
            await _thread(sign_out, self.service.store, self.service.secrets, token)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(TOKEN, path="/")
        return answer

    async def back(self, request: Request) -> Response:
        """Say that the other tab can go on."""
        _, t = plain.words_for(request)
        return plain.page(request, t("Signed in"), f"<p>{escape(t('Go back to the other tab and go on there.'))}</p>")

    async def enrol_form(self, request: Request) -> Response:
        """Show the form of a first enrolment."""
        return self._enrol_page(request, [])

    def _enrol_page(self, request: Request, mistakes: list[Mistake]) -> Response:
        _, t = plain.words_for(request)
        fields = (
            plain.field("key", t("API key (wk_…)"), "password", mistakes=mistakes, more='autocomplete="off" required'),
            plain.field("password", t("New password, 12 characters or more"), "password", mistakes=mistakes,
                        more='autocomplete="new-password" required minlength="12"'),
            plain.field("again", t("The same password again"), "password", mistakes=mistakes,
                        more='autocomplete="new-password" required'),
        )  # fmt: skip
        said = f'<p class="quiet">{escape(t("Your key says who you are. It needs to be one without limits."))}</p>'
        body = said + plain.problems(t, mistakes) + plain.form("/enrol", fields, t("Go on"))
        return plain.page(request, t("Enrol for the console"), body, 422 if mistakes else 200)

    async def enrol(self, request: Request) -> Response:
        """Take key and password, show the secret of the one-time codes."""
        guards.GUARD.addresses.take(guards.network_of(_address_of(request)), "address")
        given = await typed(request)
        if given.get("password") != given.get("again"):
            what, fix = "the two passwords differ", "Type the same one twice."
            return self._enrol_page(request, [Mistake(what, "again", "passwords_same", fix)])
        try:
            actor = await _thread(self._of_key, given.get("key", "").strip())
            command = EnrolForConsole(password=given.get("password", ""))
            answer = await _thread(self.service.dispatch.do, actor, command)
        except (NotKnown, NotAllowed, Refused) as error:
            return self._enrol_page(request, [error.mistake])
        except (BadInput, ValidationError) as error:
            return self._enrol_page(request, mistakes_of(error))
        response = self._code_page(request, answer, [])
        response.set_cookie(
            ENROLMENT, self.enrolments.give(actor), max_age=ENROLMENT_SECONDS, **cookie_facts(request.url.scheme)
        )
        return response

    def _of_key(self, key: str) -> Actor:
        store = self.service.store
        with store.read() as connection:
            return authenticate(connection, self.service.secrets, key, store.clock.now(connection)).actor

    def _code_page(self, request: Request, answer: dict[str, Any], mistakes: list[Mistake]) -> Response:
        _, t = plain.words_for(request)
        shown = ""
        if "uri" in answer:
            said = escape(t("Secret of the one-time codes as a QR code"))
            picture = segno.make(answer["uri"], error="m").svg_data_uri(border=2, dark="#000", light="#fff")
            shown = (
                f"<p>{escape(t('Scan this with an authenticator, or type the secret into it.'))}</p>"
                f'<p class="qr"><img src="{picture}" alt="{said}"></p>'
                f"<p><code>{escape(answer['secret'])}</code></p>"
            )
        code = plain.field(
            "code", t("One-time code"), mistakes=mistakes, more='inputmode="numeric" required maxlength="8"'
        )
        body = shown + plain.problems(t, mistakes) + plain.form("/enrol/code", [code], t("Confirm"))
        return plain.page(request, t("One-time codes"), body, 422 if mistakes else 200)

    async def confirm(self, request: Request) -> Response:
        """Take the first code; from here on the person can sign in."""
        _, t = plain.words_for(request)
        actor = self.enrolments.of(request.cookies.get(ENROLMENT, ""))
        if actor is None:
            what, fix = "this enrolment has ended", "Begin again with your key."
            return self._enrol_page(request, [Mistake(what, "key", "enrolment_known", fix)])
        given = await typed(request)
        try:
            await _thread(self.service.dispatch.do, actor, ConfirmEnrolment(code=given.get("code", "").strip()))
        except (NotAllowed, NotKnown) as error:
            return self._code_page(request, {}, [error.mistake])
        except (BadInput, ValidationError) as error:
            return self._code_page(request, {}, mistakes_of(error))
        said = escape(t("You are enrolled as {user}. To sign in, wait for the next code.").format(user=actor.user))
        return plain.page(request, t("Enrolled"), f'<p>{said} <a href="/sign-in">{escape(t("Sign in"))}</a></p>')

    async def apply_form(self, request: Request) -> Response:
        """Show the form of an application."""
        return self._apply_page(request, {}, [])

    def _apply_page(self, request: Request, given: dict[str, str], mistakes: list[Mistake]) -> Response:
        _, t = plain.words_for(request)
        roles = [("member", t("member")), ("system_operator", t("system operator")), ("regulator", t("regulator"))]
        labels = (
            ("name", t("Name of the company")), ("country", t("Country, such as DE")), ("eic", t("EIC, if it has one")),
            ("contact_name", t("Name of a person to speak to")), ("contact_email", t("E-mail of that person")),
        )  # fmt: skip
        fields = [plain.select("role", t("Role"), roles, given.get("role", ""))]
        fields += [
            plain.field(n, label, value=given.get(n, ""), mistakes=mistakes, more="" if n == "eic" else "required")
            for n, label in labels
        ]
        body = plain.problems(t, mistakes) + plain.form("/apply", fields, t("Apply"))
        return plain.page(request, t("Apply for membership"), body, 422 if mistakes else 200)

    async def apply(self, request: Request) -> Response:
        """Send an application as the public; one that can be read counts against its address."""
        address = guards.network_of(_address_of(request))
        guards.GUARD.addresses.take(address, "address")
        given = await typed(request)
        _, t = plain.words_for(request)
        asked = {n: v.strip() for n, v in given.items() if v.strip()}
        try:
            command = ApplyForMembership.model_validate(asked)
            guards.GUARD.applications.take(address, "address")
            answer = await _thread(self.service.dispatch.do, PUBLIC, command)
        except (BadInput, ValidationError) as error:
            return self._apply_page(request, given, mistakes_of(error))
        said = escape(t("The application of {company} was received. The operator will answer.").format(**answer))
        return plain.page(request, t("Applied"), f"<p>{said}</p>")

    async def rehearsal(self, request: Request) -> Response:
        """Show as whom one may enter a rehearsal."""
        _, t = plain.words_for(request)
        with self.service.store.read() as connection:
            if not is_rehearsal(connection):
                return plain.page(request, t("Not here"), f"<p>{escape(t('This market is no rehearsal.'))}</p>", 404)
            found = people(connection)
        cards = "".join(
            f'<li><form method="post" action="/rehearsal"><input type="hidden" name="user" value="{escape(p.user)}">'
            f'<span><span class="who">{escape(p.company_name)}</span><br><span class="quiet">'
            f"{escape(t(str(p.role).replace('_', ' ')))} · {escape(p.user)}</span></span>"
            f'<button type="submit">{escape(t("Enter"))}</button></form></li>'
            for p in found
        )
        said = escape(t("Nobody's money is at stake here: enter as anybody and look around."))
        body = f'<p>{said}</p><ul class="people">{cards}</ul>'
        return plain.page(request, t("Enter the rehearsal as"), body)

    async def enter(self, request: Request) -> Response:
        """Enter a rehearsal as somebody."""
        given = await typed(request)
        try:
            signed = await _thread(enter, self.service.store, self.service.secrets, given.get("user", ""))
        except (NotKnown, NotAllowed) as error:
            _, t = plain.words_for(request)
            return plain.page(request, t("Not here"), plain.problems(t, [error.mistake]), 403)
        return _entered(request, signed.token, "/")


def own_address(given: str) -> str:
    r"""Return an address of the console, the front page for any other.

    >>> own_address("/sessions?day=1"), own_address("//elsewhere.example"), own_address("https://elsewhere.example")
    ('/sessions?day=1', '/', '/')
    >>> own_address("/\\elsewhere.example")
    '/'
    """
    is_own = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable() and "\\" not in given
    return given if is_own and len(given) < 500 else "/"


async def typed(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises `Refused` (413) as soon as more comes than a form holds."""
    body = await body_of(request, MOST_FORM_BYTES)

    async def whole() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    found = await Request(request.scope, whole).form(max_files=0, max_fields=40)
    return {name: value for name, value in found.items() if isinstance(value, str)}


def mistakes_of(error: Exception) -> list[Mistake]:
    """Return the mistakes of a command that could not be read or done."""
    if isinstance(error, BadInput):
        return list(error.mistakes)
    if isinstance(error, ValidationError):
        return list(from_validation(error).mistakes)
    raise error


def _entered(request: Request, token: str, after: str) -> Response:
    answer = RedirectResponse(own_address(after), 303)
    answer.set_cookie(TOKEN, token, **cookie_facts(request.url.scheme))
    return answer


def _address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"


async def _thread(function: Any, *given: Any) -> Any:
    return await anyio.to_thread.run_sync(lambda: function(*given))
