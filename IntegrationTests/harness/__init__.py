"""Starts hubs and talks to them; nothing here is part of the product."""

import os

TIMEOUT = float(os.environ.get("HUB_TEST_TIMEOUT", "20"))
