"""Browser profiles that stay from test to test, as empty for each as a new one."""

from typing import Unpack

from playwright.sync_api import Browser, BrowserContext, CDPSession

from tests.browser.harness import PageOptions, new_context

KEPT_BY_SITES = "local_storage,indexeddb,cache_storage,service_workers"
HAS_A_CLOCK_OF_THE_TEST = "() => '__pwClock' in globalThis"


class Profiles:
    """With a process that runs, and with styles, scripts and fonts that were loaded before.

    A profile keeps a blank page, as a process ends with its last one. What a test sets on its own
    page ends with that; a clock is set for the whole profile, which is then closed.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._free: dict[bool, list[BrowserContext]] = {True: [], False: []}
        self._kinds: dict[BrowserContext, bool] = {}
        self._devtools: dict[BrowserContext, CDPSession] = {}

    def take(self, **options: Unpack[PageOptions]) -> BrowserContext:
        """One that no other page has; of those in a size of their own, none is kept."""
        if options.keys() - {"javascript"}:
            return new_context(self._browser, self._url, **options)
        free = self._free[options.get("javascript", True)]
        return free.pop() if free else self._make(**options)

    def put_back(self, context: BrowserContext) -> None:
        if context not in self._kinds:
            context.close()
            return
        blank, *others = context.pages
        for page in others:
            page.close()
        if blank.evaluate(HAS_A_CLOCK_OF_THE_TEST):
            del self._kinds[context], self._devtools[context]
            context.close()
            return
        self._empty(context)
        self._free[self._kinds[context]].append(context)

    def close(self) -> None:
        for context in self._kinds:
            context.close()

    def _make(self, **options: Unpack[PageOptions]) -> BrowserContext:
        context = new_context(self._browser, self._url, **options)
        self._kinds[context] = options.get("javascript", True)
        self._devtools[context] = context.new_cdp_session(context.new_page())
        return context

    def _empty(self, context: BrowserContext) -> None:
        context.clear_cookies()
        context.clear_permissions()
        context.set_offline(False)
        stored = {"origin": self._url, "storageTypes": KEPT_BY_SITES}
        self._devtools[context].send("Storage.clearDataForOrigin", stored)
