"""Every mistake gets the official exception, with Twilio's own status and code."""

from sandbox import ACCOUNT_SID, SENDER, Phone, check, client, done, refused, whatsapp

twilio = client()
maria = Phone("+14155550201")
landline = Phone("+14155550202", landline=True)
stopped = Phone("+14155550203")
stopped.say("sms", "STOP")

good = {"to": maria.number, "from_": SENDER, "body": "Hi"}
nobody = "SM" + "0" * 32
unknown = "+14155559999"

for what, code, changes in [
    ("no receiver", 21604, {"to": ""}),
    ("a receiver that is no number", 21211, {"to": "+1415"}),
    ("letters for a number", 21211, {"to": "maria"}),
    ("no sender", 21603, {"from_": None}),
    ("a sender that is not ours", 21659, {"from_": unknown}),
    ("nothing to say", 21602, {"body": None}),
    ("too much to say", 21617, {"body": "a" * 1601}),
    ("a receiver who texted STOP", 21610, {"to": stopped.number}),
    ("a landline", 21614, {"to": landline.number}),
    ("media that is no address", 21620, {"media_url": ["not an address"]}),
    ("eleven pictures", 21623, {"media_url": [f"https://example.com/{n}.png" for n in range(11)]}),
    ("a callback that is no address", 21609, {"status_callback": "not an address"}),
    ("variables without a template", 21654, {"content_variables": "{}"}),
    ("a template that is none", 21655, {"content_sid": "HX12"}),
    ("too long a validity", 21624, {"validity_period": 36001}),
    ("a plan without a service", 35118, {"schedule_type": "fixed", "send_at": "2099-01-01T00:00:00Z"}),
    ("a service that is none", 21705, {"from_": None, "messaging_service_sid": "MG12"}),
    ("two channels in one message", 21910, {"to": whatsapp(maria.number)}),
    ("a WhatsApp sender that is not ours", 63007, {"to": whatsapp(maria.number), "from_": whatsapp(unknown)}),
]:
    refused(what, 400, code, lambda changes=changes: twilio.messages.create(**{**good, **changes}))

check("none of it was stored", twilio.messages.list(to=maria.number), [])
check("none of it arrived", maria.messages(), [])

refusal = refused("a message that is none", 404, 20404, lambda: twilio.messages(nobody).fetch())
check("the exception knows the method", refusal.method, "GET")
check("and the address", refusal.uri, f"/Accounts/{ACCOUNT_SID}/Messages/{nobody}.json")
check("and has words for people", nobody in refusal.msg, True)
check("which it prints", str(refusal).startswith("HTTP 404 error: "), True)
refused("deleting what is not there", 404, 20404, lambda: twilio.messages(nobody).delete())

wrong = client(auth_token="0" * 32)
refused("a wrong token", 401, 20003, lambda: wrong.messages.create(**good))
refused("a wrong token, reading", 401, 20003, lambda: wrong.messages(nobody).fetch())
stranger = client(account_sid="AC" + "9" * 32)
refused("another account", 401, 20003, lambda: stranger.messages.create(**good))

stopped.say("sms", "START")
check("START opens it again", twilio.messages.create(to=stopped.number, from_=SENDER, body="Welcome back").status, "queued")

done()
