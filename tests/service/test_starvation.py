"""Nobody waits for ever at a gate: a stream of orders from two processes does not keep it open."""

import threading
import time

from tests.service.two_states import founded

from walras.service import handlers  # noqa: F401 - makes the dispatch complete
from walras.service.commands import CloseSession
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import sessions


def test_share_locks_that_overlap_let_a_move_through(store, secrets):
    """Five holders take the session's share lock in turns, each before the other lets go."""
    if not store.is_postgresql:
        return
    session = founded(store, secrets)
    over = threading.Event()

    def hold(first):
        time.sleep(first)
        while not over.is_set():
            with store.write() as connection:
                sessions.queue_up(connection, [session], is_shared=True)
                connection.exec_driver_sql("SELECT 1 FROM sessions FOR SHARE")
                time.sleep(0.2)

    threads = [threading.Thread(target=hold, args=(i * 0.045,), daemon=True) for i in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    done = threading.Event()

    def close():
        Dispatch(store, secrets).do(SYSTEM, CloseSession(session=session))
        done.set()

    threading.Thread(target=close, daemon=True).start()
    assert done.wait(10), "the gate closes though share locks never pause"
    over.set()
    for thread in threads:
        thread.join()
