"""Webhooks as Meta sends them."""

import hashlib
import hmac
import itertools
import json
import time

APP_SECRET = "integration-app-secret-0123456789abcdef"
VERIFY_TOKEN = "integration-verify-token"
ACME, GLOBEX = "100000000000001", "200000000000002"  # phone_number_id of each tenant

_numbers = itertools.count(1)


def new_id(tag="T"):
    """A provider message id nobody has used."""
    return f"wamid.{tag}{time.time_ns():x}{next(_numbers):04x}"


def new_phone():
    """The number of a person nobody has heard of."""
    return f"55119{time.time_ns() % 10_000:04d}{next(_numbers) % 10_000:04d}"


def sign(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def value(account=ACME, messages=(), statuses=(), name="Marina Prado"):
    out = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "5511940001000", "phone_number_id": account}}
    people = [m["from"] for m in messages if "from" in m]
    if people:
        out["contacts"] = [{"profile": {"name": name}, "wa_id": person} for person in dict.fromkeys(people)]
    if messages:
        out["messages"] = list(messages)
    if statuses:
        out["statuses"] = list(statuses)
    return out


def envelope(*values):
    changes = [{"field": "messages", "value": v} for v in values]
    body = {"object": "whatsapp_business_account", "entry": [{"id": "203948571209384", "changes": changes}]}
    return json.dumps(body).encode()  # escapes non-ASCII, as Meta does


def text(body="Olá, mundo", sender=None, id=None, at=None):
    return {"from": sender or new_phone(), "id": id or new_id(), "timestamp": str(at or int(time.time())), "type": "text", "text": {"body": body}}


def status(id, word, recipient, at=None):
    return {"id": id, "status": word, "timestamp": str(at or int(time.time())), "recipient_id": recipient}


def echo(body, to, id=None, account=ACME):
    """A message typed on the business phone."""
    message = {"from": "5511940001000", "to": to, "id": id or new_id("E"), "timestamp": str(int(time.time())), "type": "text", "text": {"body": body}}
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "5511940001000", "phone_number_id": account}, "message_echoes": [message]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "203948571209384", "changes": [{"field": "smb_message_echoes", "value": value}]}]}).encode()
