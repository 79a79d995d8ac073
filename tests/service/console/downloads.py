"""Files of the console as a browser has them: over the address of downloads, with the cookie of a person."""

import asyncio

import httpx
from fastapi import FastAPI

from walras.service.console import files
from walras.service.console.guard import TOKEN


def download(console, who, address):
    """Ask for an address of downloads and return the answer."""
    app = FastAPI()
    app.include_router(files.router(console.service))
    cookies = {TOKEN: f"{who.role}:{who.user}:{who.company}"}

    async def get():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://walras", cookies=cookies
        ) as client:
            return await client.get(address)

    return asyncio.run(get())
