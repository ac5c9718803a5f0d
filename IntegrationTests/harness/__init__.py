"""Starts hubs and talks to them; nothing here is part of the product."""

import os

TIMEOUT = float(os.environ.get("HUB_TEST_TIMEOUT", "20"))


class Closing:
    """What `close` ends, for a `with` statement."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
