"""A python-socketio client that remembers what it got."""

import threading
import time

import socketio

from . import TIMEOUT, Closing


class Refused(Exception):
    """CONNECT_ERROR; `data` is its payload."""

    def __init__(self, data):
        super().__init__(str(data))
        self.data = data


class Frontend(Closing):
    def __init__(self, url, token=None, namespaces=("/",), transports=None, auth=None, reconnection=False, **options):
        self.events, self.changed = [], threading.Condition()
        self.refusals = {}
        self.client = socketio.Client(reconnection=reconnection, reconnection_delay=0.2, reconnection_delay_max=1, **options)
        for namespace in namespaces:
            self.client.on("*", self._collect(namespace), namespace=namespace)
            self.client.on("connect", self._note(namespace, "connect"), namespace=namespace)
            self.client.on("disconnect", self._note(namespace, "disconnect"), namespace=namespace)
            self.client.on("connect_error", self._refused(namespace), namespace=namespace)
        auth = auth if auth is not None else {"token": token} if token else None
        try:
            self.client.connect(url, auth=auth, namespaces=list(namespaces), transports=transports, wait=True, wait_timeout=TIMEOUT)
        except socketio.exceptions.ConnectionError as error:
            self.close()
            if self.refusals:
                raise Refused(next(iter(self.refusals.values()))) from None
            raise AssertionError(f"no connection: {error}") from None

    def _collect(self, namespace):
        return lambda name, *arguments: self._add(namespace, name, arguments)

    def _note(self, namespace, name):
        return lambda *arguments: self._add(namespace, f"<{name}>", arguments)

    def _refused(self, namespace):
        def handler(data=None):
            self.refusals[namespace] = data
            self._add(namespace, "<refused>", (data,))

        return handler

    def _add(self, namespace, name, arguments):
        with self.changed:
            self.events.append((namespace, name, arguments[0] if arguments else None))
            self.changed.notify_all()

    def names(self, namespace="/"):
        with self.changed:
            return [name for space, name, _ in self.events if space == namespace and not name.startswith("<")]

    def all(self, name, namespace="/"):
        with self.changed:
            return [payload for space, event, payload in self.events if space == namespace and event == name]

    def wait(self, name, where=lambda payload: True, namespace="/", count=1):
        """The payload of the count-th such event, waiting for it if need be."""
        deadline = time.monotonic() + TIMEOUT
        with self.changed:
            while True:
                found = [p for space, event, p in self.events if space == namespace and event == name and where(p)]
                if len(found) >= count:
                    return found[count - 1]
                rest = deadline - time.monotonic()
                if rest <= 0 or not self.changed.wait(rest):
                    got = [f"{space} {event}" for space, event, _ in self.events][-12:]
                    raise AssertionError(f"no {name} on {namespace} in {TIMEOUT:g} s; got {got}")

    def wait_message(self, id, namespace="/"):
        """The `message:new` of a provider's message id."""
        return self.wait("message:new", lambda p: p["message"]["whatsappMessageId"] == id, namespace)

    def call(self, name, *arguments, namespace="/"):
        """Sends an event and waits for its acknowledgement."""
        data = arguments[0] if len(arguments) == 1 else arguments or None
        return self.client.call(name, data, namespace=namespace, timeout=TIMEOUT)

    def emit(self, name, *arguments, namespace="/"):
        self.client.emit(name, arguments[0] if len(arguments) == 1 else arguments or None, namespace=namespace)

    def close(self):
        self.client.disconnect()
