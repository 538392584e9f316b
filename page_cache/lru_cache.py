"""The answers at hand, the least wanted ones dropped when they take too much room."""

from collections import OrderedDict
from threading import Lock

from page_cache.addresses import Address
from page_cache.responses import CachedResponse

# Room for all that a shop of some dozen packages can be asked for: 250 countries, 4 languages,
# 3 paths, at 20 KB each. A worker of Scrip itself takes about as much.
MOST_BYTES = 64 * 1024 * 1024


class LruCache:
    """One answer for each address: that of a new release takes the place of the old one."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[Address, CachedResponse] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, address: Address) -> CachedResponse | None:
        with self._lock:
            answer = self._answers.get(address)
            if answer:
                self._answers.move_to_end(address)
            return answer

    def put(self, address: Address, answer: CachedResponse) -> None:
        with self._lock:
            old = self._answers.pop(address, None)
            self._answers[address] = answer
            self._bytes += answer.size - (old.size if old else 0)
            while self._bytes > self._most_bytes:
                _, dropped = self._answers.popitem(last=False)
                self._bytes -= dropped.size
