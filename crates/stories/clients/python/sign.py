"""Webhooks signed by the official SDK, and altered ones, as JSON: `sign.py BASE_URL ACCOUNT_SID`.

Each is {name, url, pairs, signature, genuine}; the token comes from TWILIO_AUTH_TOKEN. The official
validator has been asked about each.
"""

import json
import os
import sys

from twilio.request_validator import RequestValidator

TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
url = sys.argv[1].rstrip("/") + "/api/twilio/sms"
account = sys.argv[2]


def text(body, sid, **more):
    return {
        "ToCountry": "US", "ToState": "CA", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
        "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": body, "FromCountry": "US",
        "To": "+14155550199", "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": account,
        "From": "+14155550101", "ApiVersion": "2010-04-01", **more,
    }


def sid(number):
    return f"SM{number:032x}"


bodies = [
    "Done", "", "💪🏽 done", "Ole\u0301, Jose\u0301", " a\r\n\tb  ", "a+b&c=d%20e#f", "<b>&amp;</b>", "\u202eabc\u2066",
    "x" * 1600, "0", "STOP it, I love it",
]
genuine = [(f"body {n}", text(body, sid(n + 1))) for n, body in enumerate(bodies)]
genuine.append(("unknown parameters", text("hi", sid(90), NewThing="1", zebra="é")))

cases = []


def case(name, params, signature, wanted, address=url):
    said = RequestValidator(TOKEN).validate(address, params, signature)
    if said is not wanted:
        sys.exit(f"the official validator disagrees about {name}")
    cases.append(
        {"name": name, "url": address, "pairs": list(params.items()), "signature": signature, "genuine": wanted}
    )


for name, params in genuine:
    signature = RequestValidator(TOKEN).compute_signature(url, params)
    case(name, params, signature, True)
    changed = lambda **changes: {**params, **changes}
    case(f"{name}: another text", changed(Body=params["Body"] + "!"), signature, False)
    case(f"{name}: another writer", changed(From="+14155550102"), signature, False)
    case(f"{name}: one more name", changed(Extra="1"), signature, False)
    case(f"{name}: one name less", {k: v for k, v in params.items() if k != "ToCountry"}, signature, False)
    case(f"{name}: no signature", params, "", False)
    case(f"{name}: a signature cut short", params, signature[:-1], False)
    case(f"{name}: a signature in other letters", params, signature.swapcase(), False)
    other = RequestValidator("0" * 32).compute_signature(url, params)
    case(f"{name}: another token", params, other, False)
    elsewhere = RequestValidator(TOKEN).compute_signature(url + "/", params)
    case(f"{name}: signed for another address", params, elsewhere, False)
    sha256 = RequestValidator(TOKEN).compute_signature(url, params, "HMAC_SHA256")
    case(f"{name}: another algorithm", params, sha256, False)

json.dump(cases, sys.stdout)
