"""An Engine.IO session over HTTP long-polling, by hand."""

import json

from . import TIMEOUT

SEPARATOR = "\x1e"


class Polling:
    def __init__(self, hub):
        self.hub, self.base = hub, f"{hub.url}/socket.io/?EIO=4&transport=polling"
        self.sid = json.loads(hub.http.get(self.base, timeout=TIMEOUT).text[1:])["sid"]
        self.base += f"&sid={self.sid}"

    def join(self, token):
        assert self.send("40" + json.dumps({"token": token})) == 200
        self.id = json.loads(self.receive()[2:])["sid"]

    def send(self, packets):
        return self.hub.http.post(self.base, data=packets, timeout=TIMEOUT).status_code

    def receive(self):
        """The next packets; None when the session is closed."""
        answer = self.hub.http.get(self.base, timeout=TIMEOUT)
        if answer.status_code == 400:
            assert answer.json()["code"] == 1  # "Session ID unknown"
            return None
        assert answer.status_code == 200
        return None if "1" in answer.text.split(SEPARATOR) else answer.text

    def close(self):
        self.send("1")
