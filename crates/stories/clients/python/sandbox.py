"""What the scripts share: the official client pointed at a sandbox, the handsets, a receiver of webhooks, checks.

Everything that is tested comes from the official package; here is only what it has no business knowing.
"""

import base64
import json
import os
import sys
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

URL = os.environ["SANDBOX_URL"].rstrip("/")
ACCOUNT_SID = os.environ["TWILIO_ACCOUNT_SID"]
AUTH_TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
# Our own numbers: this one sends and receives SMS, and is a WhatsApp sender as well.
SENDER = os.environ["SENDER"]
# The sandbox sends what handsets write to this port.
WEBHOOK_PORT = int(os.environ.get("WEBHOOK_PORT", "0"))

PATIENCE_SECONDS = 15
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class SandboxHttpClient(TwilioHttpClient):
    """Sends requests for any of Twilio's hosts to the sandbox, and changes nothing else."""

    def request(self, method, url, **rest):
        parts = urllib.parse.urlsplit(url)
        if parts.hostname.endswith(".twilio.com"):
            url = URL + urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
        return super().request(method, url, **rest)


def client(auth_token=AUTH_TOKEN, account_sid=ACCOUNT_SID):
    return Client(account_sid, auth_token, http_client=SandboxHttpClient(timeout=PATIENCE_SECONDS))


def whatsapp(number):
    return "whatsapp:" + number


class Phone:
    """A handset of the sandbox."""

    def __init__(self, number, **abilities):
        self.number = number
        control("phones", {"number": number, "sms": True, "whatsapp": True, **abilities})

    def say(self, channel, text=None, **more):
        return control(f"phones/{self._path()}/say", {"channel": channel, "text": text, **more})

    def messages(self):
        return control(f"phones/{self._path()}/messages")

    def _path(self):
        return urllib.parse.quote(self.number, safe="")


def control(path, body=None):
    """The sandbox's own API."""
    data = None if body is None else json.dumps({k: v for k, v in body.items() if v is not None}).encode()
    request = urllib.request.Request(f"{URL}/sandbox/api/{path}", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refusal:
        sys.exit(f"the sandbox refused {path}: {refusal.code} {refusal.read().decode(errors='replace')}")
    return json.loads(text) if text else None


class Values(dict):
    """Decoded form values; a key may repeat, which the SDK's validator asks for with `getlist`."""

    def __init__(self, pairs):
        self.pairs = pairs
        super().__init__(pairs)

    def getlist(self, key):
        return [value for name, value in self.pairs if name == key]


class Received:
    """One webhook, as it came over the wire."""

    def __init__(self, method, url, headers, body):
        self.method, self.url, self.headers, self.body = method, url, headers, body
        text = body.decode("utf-8")
        self.values = Values(urllib.parse.parse_qsl(text, keep_blank_values=True))
        self.signature = headers.get("X-Twilio-Signature", "")

    def is_valid(self, url=None, values=None, signature=None, token=AUTH_TOKEN):
        """What the official validator says, of this webhook or of an altered one."""
        return RequestValidator(token).validate(
            self.url if url is None else url,
            self.values if values is None else values,
            self.signature if signature is None else signature,
        )

    def get(self, key):
        return self.url if key == "url" else self.values.get(key)


class Receiver:
    """A small server that keeps every webhook, and answers with TwiML when told to. Serves one picture."""

    def __init__(self, port=0):
        self.received = []
        self.reply = ""
        self._news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                reply = receiver.keep(Received("POST", receiver.url + self.path, self.headers, body))
                self.answer(200, "text/xml", reply.encode())

            def do_GET(self):
                if self.path.startswith("/photo"):
                    return self.answer(200, "image/png", PIXEL)
                receiver.keep(Received("GET", receiver.url + self.path, self.headers, b""))
                return self.answer(200, "text/xml", b"")

            do_HEAD = do_GET

            def answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def keep(self, webhook):
        with self._news:
            self.received.append(webhook)
            self._news.notify_all()
            return self.reply

    def wait(self, what, **values):
        """The first webhook with these values (`url` is where it came to), waiting until it comes."""

        def found():
            return next((one for one in self.received if all(one.get(k) == v for k, v in values.items())), None)

        with self._news:
            if not self._news.wait_for(lambda: found() is not None, PATIENCE_SECONDS):
                seen = [dict(one.values) for one in self.received]
                sys.exit(f"FAILED: no webhook came: {what} {values}; what came: {json.dumps(seen, indent=1)}")
            return found()

    def statuses(self, sid):
        """Every receipt of one message, in the order of arrival."""
        with self._news:
            return [one.get("MessageStatus") for one in self.received if one.get("MessageSid") == sid]


_passed = 0


def check(what, got, wanted):
    """Two values are equal, or the script ends."""
    global _passed
    if got != wanted:
        sys.exit(f"FAILED: {what}: got {got!r}, wanted {wanted!r}")
    _passed += 1
    print(f"ok: {what}")


def refused(what, status, code, call):
    """The official exception, with this status and code."""
    try:
        result = call()
    except TwilioRestException as refusal:
        check(what, (refusal.status, refusal.code), (status, code))
        return refusal
    return sys.exit(f"FAILED: {what}: no exception, but {result!r}")


def done():
    print(f"{_passed} checks passed")
