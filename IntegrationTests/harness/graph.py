"""Meta's Graph API as a test wants it: it takes what is sent, unless it is told to answer otherwise."""

import email.parser
import email.policy
import hashlib
import http.server
import itertools
import json
import socket
import struct
import threading
import time

from . import TIMEOUT, Closing, meta

TOKEN = "EAAG-integration-access-token"
_ids = itertools.count(1)


def error(code, status=400, text=None, headers=None, **members):
    """An answer of the API that refuses."""
    body = {"error": {"message": f"(#{code}) refused", "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf", **members}}
    if text:
        body["error"]["error_data"] = {"messaging_product": "whatsapp", "details": text}
    return status, headers or {}, body


class Lost:
    """The request is done and its answer never comes: the connection is reset."""


class Held:
    """The request is done; its answer waits for `release`."""

    def __init__(self):
        self.arrived, self.released = threading.Event(), threading.Event()

    def release(self):
        self.released.set()


class Graph(Closing):
    """`answer` may be replaced by a function of the request's JSON: None takes the message, a tuple or `Lost` or a `Held` is done instead."""

    def __init__(self):
        self.lock = threading.Condition()
        self.requests = []  # of /messages: (monotonic time, phone_number_id, json)
        self.taken = []  # messages that reach somebody: (wamid, json)
        self.reads, self.uploads, self.tokens = [], {}, []
        self.files = {}  # by media id: (mime type, bytes)
        self.answer = lambda message: None
        self.token = TOKEN
        graph = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                graph._post(self, body)

            def do_GET(self):
                graph._get(self)

            def reply(self, status, headers, body, kind="application/json"):
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def reset(self):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v23.0"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def enable(self, hub):
        """Lets a hub that has not started send through here."""
        self.write_token(hub, self.token)
        config = hub.config["channels"]["meta-main"]["config"]
        config |= {"access_token": "secret://file/data/secrets/graph", "graph_url": self.url}
        key = hub.folder / "data/secrets/sender"
        key.write_text(KEY)
        key.chmod(0o600)
        hub.config["auth"]["api_keys"]["sender"] = {"key": "secret://file/data/secrets/sender", "tenant": "acme", "roles": ["send", "read"]}

    def write_token(self, hub, token):
        file = hub.folder / "data/secrets/graph"
        fresh = file.with_suffix(".new")
        fresh.write_text(token)
        fresh.chmod(0o600)
        fresh.rename(file)

    # what is asked

    def _post(self, handler, body):
        self.tokens.append(handler.headers["Authorization"])
        if handler.headers["Authorization"] != f"Bearer {self.token}":
            self._note(handler, body)
            return handler.reply(*error(190, 401, error_subcode=463))
        if handler.path.endswith("/media"):
            return handler.reply(200, {}, {"id": self._upload(handler.headers["Content-Type"], body)})
        message = self._note(handler, body)
        if message.get("status") == "read":
            with self.lock:
                self.reads.append(message)
                self.lock.notify_all()
            return handler.reply(200, {}, {"success": True})
        answer = self.answer(message)
        if isinstance(answer, tuple):
            return handler.reply(*answer)
        id = f"wamid.OUT{time.time_ns():x}{next(_ids):04x}"
        with self.lock:
            self.taken.append((id, message))
            self.lock.notify_all()
        if answer is Lost or isinstance(answer, Lost):
            return handler.reset()
        if isinstance(answer, Held):
            answer.arrived.set()
            answer.released.wait(TIMEOUT)
        to = message.get("to") or message.get("recipient")
        contact = {"input": to, "wa_id": to}
        try:
            handler.reply(200, {}, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": id, "message_status": "accepted"}]})
        except OSError:
            pass  # nobody waits any more

    def _note(self, handler, body):
        message = json.loads(body)
        with self.lock:
            self.requests.append((time.monotonic(), handler.path.split("/")[2], message))
            self.lock.notify_all()
        return message

    def _upload(self, kind, body):
        parser = email.parser.BytesParser(policy=email.policy.HTTP)
        form = parser.parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        fields = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        assert fields["messaging_product"].get_payload() == "whatsapp"
        id = f"77{next(_ids):012d}"
        file = fields["file"]
        self.uploads[id] = (fields["type"].get_payload(), file.get_filename(), file.get_payload(decode=True))
        return id

    def _get(self, handler):
        path, _, query = handler.path.partition("?")
        id = path.split("/")[-1]
        if handler.headers["Authorization"] != f"Bearer {self.token}":
            return handler.reply(401, {}, b"")
        if id not in self.files:
            return handler.reply(*error(100, 404))
        kind, raw = self.files[id]
        if path.startswith("/cdn/"):
            return handler.reply(200, {}, raw, kind)
        url = self.url.rsplit("/", 1)[0] + f"/cdn/{id}"
        handler.reply(200, {}, {"url": url, "mime_type": kind, "sha256": hashlib.sha256(raw).hexdigest(), "file_size": str(len(raw)), "id": id})

    # what a test asks

    def wait(self, what, timeout=None):
        """What `what()` gives, once it is true."""
        with self.lock:
            assert self.lock.wait_for(what, timeout or TIMEOUT), f"not in {timeout or TIMEOUT:g} s; asked so far: {self.requests[-5:]}"
            return what()

    def to(self, phone):
        """The messages that reached a person, in order."""
        with self.lock:
            return [message for _, message in self.taken if message.get("to") == phone]

    def asked(self, phone):
        """When a person's messages were tried."""
        with self.lock:
            return [at for at, _, message in self.requests if message.get("to") == phone]


KEY = "integration-sender-key-0123456789abcdef"


def send(hub, to, text="oi", key=None, **members):
    """Asks the hub to send; the answer."""
    body = {"channel": "meta-main", "account": meta.ACME, "to": to, "type": "text", "text": text, **members}
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"X-API-Key": KEY} | ({"Idempotency-Key": key} if key else {})
    return hub.http.post(f"{hub.url}/api/v1/messages", json=body, headers=headers, timeout=TIMEOUT)


STATUSES = ["pending", "unknown", "sent", "delivered", "read", "failed"]  # as the journal numbers them


def status_of(hub, id, word, timeout=None):
    """Waits until a message, by the hub's id, has this status."""
    deadline, now = time.monotonic() + (timeout or TIMEOUT), None
    while time.monotonic() < deadline:
        row = hub.journal("SELECT status FROM messages WHERE id = ?", id)
        now = STATUSES[row[0][0]] if row else None
        if now == word:
            return
        time.sleep(0.02)  # the projection says nothing by itself
    raise AssertionError(f"{id} is {now}, not {word}")


def told(hub, id, word):
    """The status event that tells a tenant's clients of it."""
    for event in hub.sync()[0]:
        if event["kind"] == "message.status" and event["status"]["status"] == word and id in json.dumps(event):
            return event["status"]
    raise AssertionError(f"nobody is told that {id} is {word}")
