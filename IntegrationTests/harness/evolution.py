"""Webhooks as an Evolution server sends them."""

import base64
import hashlib
import hmac
import json
import time

SECRET = "integration-evolution-secret-0123456789abcdef"
ACME, GLOBEX = "loja-centro", "oficina_e9f2ed4d"  # the instance of each tenant
PATH = "/api/whatsapp/webhook"
KEY = "global-key-NEVER-LOGGED"


def enable(hub):
    """Adds the channel to a hub that has not started."""
    file = hub.folder / "data/secrets/evolution"
    file.write_text(SECRET)
    file.chmod(0o600)
    hub.config["channels"]["evo"] = {
        "plugin": "evolution",
        "accounts": {ACME: {"tenant": "acme"}, GLOBEX: {"tenant": "globex"}},
        "config": {"mode": "webhook", "webhook_secret": "secret://file/data/secrets/evolution"},
    }


def connect(hub, server, mode, key=KEY, **config):
    """Lets the channel connect to a server, with the key in a file."""
    file = hub.folder / "data/secrets/evolution-key"
    file.write_text(key)
    file.chmod(0o600)
    settings = hub.config["channels"]["evo"]["config"]
    settings.update({"mode": mode, "url": server.url.replace("ws", "http", 1), "api_key": "secret://file/data/secrets/evolution-key", **config})


def envelope(event, data, instance=ACME):
    return {
        "event": event, "instance": instance, "data": data, "destination": "https://hub.example" + PATH, "date_time": "2026-01-05T12:00:01.512Z",
        "sender": "5511940001000@s.whatsapp.net", "server_url": "https://evo.example", "apikey": "INSTANCE-TOKEN-NEVER-STORED",
    }


def message(text, id, chat, name="Marina Prado", ours=False, **key):
    return {
        "key": {"remoteJid": chat, "fromMe": ours, "id": id, **key}, "pushName": name, "status": "DELIVERY_ACK",
        "message": {"conversation": text, "messageContextInfo": {"deviceListMetadataVersion": 2}}, "contextInfo": None,
        "messageType": "conversation", "messageTimestamp": int(time.time()), "source": "ios",
    }


def token(key=SECRET):
    """What the server makes of `jwt_key`."""
    def encode(part):
        return base64.urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).rstrip(b"=")

    now = int(time.time())
    signed = encode({"alg": "HS256", "typ": "JWT"}) + b"." + encode({"iat": now, "exp": now + 600, "app": "evolution", "action": "webhook"})
    return (signed + b"." + encode(hmac.new(key.encode(), signed, hashlib.sha256).digest())).decode()


def post(hub, body, path="", headers=None):
    """Delivers, with a token unless other headers are given."""
    headers = {"Authorization": f"Bearer {token()}"} if headers is None else headers
    return hub.http.post(hub.url + PATH + path, json=body, headers=headers, timeout=20)
