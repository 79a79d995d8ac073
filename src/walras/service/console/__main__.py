"""Run the console: `python -m walras.service.console`; `walras serve` starts one beside the API.

The environment says the same to it as to the API (`bootstrap.settings_from`); `WALRAS_HOST` and
`WALRAS_CONSOLE_PORT` say where it listens.
"""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from walras.errors import BadInput
from walras.service.bootstrap import build, settings_from

PORT = 8201


def main() -> None:
    """Serve the console until the process is told to end; one process, since NiceGUI keeps screens in memory."""
    from walras.service.console.app import application  # noqa: PLC0415 - NiceGUI reads the environment when imported

    settings = settings_from(os.environ)
    service = build(settings)
    try:
        uvicorn.run(
            application(service), host=os.environ.get("WALRAS_HOST", "127.0.0.1"),
            port=int(os.environ.get("WALRAS_CONSOLE_PORT", PORT)), log_level="warning", access_log=False,
            server_header=False, forwarded_allow_ips=settings.trusted_proxy, ws_max_size=20_000_000,
        )  # fmt: skip
    finally:
        service.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        main()
    except BadInput as error:
        sys.exit(str(error))
