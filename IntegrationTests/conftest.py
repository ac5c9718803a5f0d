"""Fixtures: a hub or a realtime server per file, a browser per run, and the hub's last words under a failed test."""

import pytest

from harness import meta
from harness.browser import Browser
from harness.fakes import Fake
from harness.fixture import Fixture
from harness.frontend import Frontend
from harness.hub import Hub


@pytest.fixture(scope="session")
def chromium():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def hub(request):
    """One hub for the tests of a file. A file may define `configure(hub)`."""
    with_browser = getattr(request.module, "BROWSER", False)
    hub = Hub(origins=[request.getfixturevalue("chromium").origin] if with_browser else [])
    if hasattr(request.module, "configure"):
        request.module.configure(hub)
    try:
        yield hub.start()
    finally:
        hub.close()


@pytest.fixture
def hubs():
    """Makes hubs that a test starts, stops and kills by itself."""
    made = []

    def make(origins=()):
        made.append(Hub(origins))
        return made[-1]

    yield make
    for hub in made:
        hub.close()


@pytest.fixture
def fixtures():
    """Makes realtime servers that a test starts, stops and kills by itself."""
    made = []

    def make(*arguments, **options):
        made.append(Fixture(*arguments, **options))
        return made[-1].start()

    yield make
    for fixture in made:
        fixture.stop()


@pytest.fixture
def fakes():
    """Makes fake providers."""
    made = []

    def make(kind, *arguments, **options):
        made.append(Fake(kind, *arguments, **options))
        return made[-1]

    yield make
    for fake in made:
        fake.close()


@pytest.fixture(scope="module")
def realtime():
    """One realtime server for the tests of a file."""
    fixture = Fixture().start()
    yield fixture
    fixture.stop()


@pytest.fixture
def browser(chromium):
    """A fresh page of the session's browser."""
    chromium.open()
    yield chromium
    chromium.closeAll()


@pytest.fixture
def connect(hub):
    """Connects python-socketio clients to the file's hub and closes them after the test."""
    clients = []

    def make(tenant="acme", user="u1", **options):
        token = options.pop("token", None) or hub.token(tenant, user)
        clients.append(Frontend(hub.url, token, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def goes_on(hub, connect):
    """Whatever a test does, the hub lives afterwards, and a message reaches a client."""
    yield
    client = connect(user="after")
    (message,) = hub.deliver(meta.text())
    client.wait_message(message["id"])
    assert hub.process.poll() is None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for hub in Hub.running:
            report.sections.append((f"log of the hub on port {hub.port}", hub.tail()))
    return report
