"""Pages that were written once and are sent many times: the newest used stay, up to a number of characters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Kept:
    """Texts by what they are made from; whatever changes a text must change its key.

    Example:
        >>> kept = Kept(most=10)
        >>> kept.get("a", lambda: "12345678"), kept.get("a", lambda: "other"), len(kept)
        ('12345678', '12345678', 1)
        >>> kept.get("b", lambda: "1234"), len(kept)  # both do not fit
        ('1234', 1)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._texts: OrderedDict[Hashable, str] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._texts)

    def get(self, key: Hashable, write: Callable[[], str]) -> str:
        """Return the text of a key, written if it is not kept; two that come at once may both write it."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = write()
        with self._lock:
            if key not in self._texts:
                self._texts[key] = text
                self._size += len(text)
            while self._size > self.most and self._texts:
                _, gone = self._texts.popitem(last=False)
                self._size -= len(gone)
        return text
