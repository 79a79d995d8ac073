"""An `httpx.Client` on an ASGI application in this process: no socket, one event loop in a thread of its own."""

import httpx
from anyio.from_thread import start_blocking_portal


class InProcess(httpx.BaseTransport):
    def __init__(self, app):
        self.inner = httpx.ASGITransport(app, raise_app_exceptions=True, client=("192.0.2.1", 4000))
        self._open = start_blocking_portal()
        self.portal = self._open.__enter__()

    def handle_request(self, request):
        status, headers, content = self.portal.call(self._handle, request, request.read())
        return httpx.Response(status, headers=headers, content=content, request=request)

    async def _handle(self, request, content):
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        response = await self.inner.handle_async_request(sent)
        return response.status_code, response.headers.raw, await response.aread()

    def close(self):
        self._open.__exit__(None, None, None)


def client_of(app):
    return httpx.Client(transport=InProcess(app), base_url="http://walras.invalid")
