"""Starts hubs and talks to them; nothing here is part of the product."""

import os
import time

TIMEOUT = float(os.environ.get("HUB_TEST_TIMEOUT", "20"))


def until(look, what):
    """What `look()` gives, once it is true; for what can only be asked for and not awaited."""
    deadline = time.monotonic() + TIMEOUT
    while not (found := look()):
        assert time.monotonic() < deadline, f"no {what} in {TIMEOUT:g} s"
        time.sleep(0.05)
    return found


class Closing:
    """What `close` ends, for a `with` statement."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
