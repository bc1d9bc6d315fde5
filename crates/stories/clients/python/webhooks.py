"""The official validator accepts what the sandbox sends, and refuses it once anything is altered."""

from urllib.parse import urlsplit

import requests
from twilio.rest.content.v1.content import ContentList
from twilio.twiml.messaging_response import MessagingResponse

from sandbox import (
    ACCOUNT_SID, AUTH_TOKEN, PIXEL, SENDER, WEBHOOK_PORT, Phone, Receiver, Values, check, client, done, whatsapp
)

twilio = client()
webhooks = Receiver(WEBHOOK_PORT)


def genuine(what, webhook):
    """Valid as it came; invalid with anything changed."""
    check(f"{what}: accepted by the validator", webhook.is_valid(), True)
    pairs = webhook.values.pairs
    altered = {
        "another token": {"token": "0" * 32},
        "no signature": {"signature": ""},
        "another signature": {"signature": webhook.signature[:-2] + ("A=" if webhook.signature[-2:] != "A=" else "B=")},
        "another address": {"url": webhook.url + "/"},
        "a longer query": {"url": webhook.url + ("&" if "?" in webhook.url else "?") + "x=1"},
        "one more value": {"values": Values([*pairs, ("Extra", "1")])},
        "one value less": {"values": Values(pairs[1:])},
        "a value changed": {"values": Values([(pairs[0][0], pairs[0][1] + "0"), *pairs[1:]])},
        "a name changed": {"values": Values([(pairs[0][0] + "X", pairs[0][1]), *pairs[1:]])},
    }
    accepted = [name for name, change in altered.items() if webhook.is_valid(**change)]
    check(f"{what}: refused with anything altered", accepted, [])


maria = Phone("+14155550301", read_receipts=True)

# What handsets write
for channel, prefix in [("sms", ""), ("whatsapp", "whatsapp:")]:
    text = f"Done by {channel}! 5 × 5 @ 80 kg & more = 100% 💪🏽 olé\nsecond line"
    maria.say(channel, text)
    inbound = webhooks.wait("the message", Body=text)
    genuine(f"a text by {channel}", inbound)
    check("it says who wrote", inbound.get("From"), prefix + maria.number)
    check("and to whom", inbound.get("To"), prefix + SENDER)
    check("and on which account", inbound.get("AccountSid"), ACCOUNT_SID)
    check("and what", (inbound.get("NumMedia"), len(inbound.get("MessageSid"))), ("0", 34))
    stored = twilio.messages(inbound.get("MessageSid")).fetch()
    check("it can be fetched", (stored.direction, stored.status, stored.body), ("inbound", "received", text))

# Media
maria.say("sms", "Look", media_url=webhooks.url + "/photo.png")
picture = webhooks.wait("the picture", Body="Look")
genuine("a picture", picture)
check("it names its media", (picture.get("NumMedia"), picture.get("MediaContentType0")), ("1", "image/png"))
media = picture.get("MediaUrl0")
check("which only the account may read", requests.get(media, timeout=15).status_code, 401)
moved = requests.get(media, auth=(ACCOUNT_SID, AUTH_TOKEN), allow_redirects=False, timeout=15)
check("it is kept elsewhere, for a while", moved.is_redirect, True)
check("at another host", urlsplit(moved.headers["Location"]).netloc != urlsplit(media).netloc, True)
check("so that credentials stay behind", requests.get(media, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=15).content, PIXEL)
check("where it is whole", requests.get(moved.headers["Location"], timeout=15).content, PIXEL)

# A button
buttons = {"body": "How did it go?", "actions": [{"type": "QUICK_REPLY", "title": "Done", "id": "done:42"}]}
content = twilio.content.v1.contents.create(
    ContentList.ContentCreateRequest(
        {"friendly_name": "how_did_it_go", "language": "en", "types": {"twilio/quick-reply": buttons}}
    )
)
asked = twilio.messages.create(
    to=whatsapp(maria.number), from_=whatsapp(SENDER), content_sid=content.sid, status_callback=webhooks.url + "/asked"
)
webhooks.wait("the question's arrival", MessageSid=asked.sid, MessageStatus="delivered")
maria.say("whatsapp", button="Done")
tap = webhooks.wait("the tap", ButtonPayload="done:42")
genuine("a tap", tap)
check("it says which button", (tap.get("ButtonText"), tap.get("Body")), ("Done", "Done"))
check("and of which message", tap.get("OriginalRepliedMessageSid"), asked.sid)

# Receipts, with our own query kept as it is
status = webhooks.url + "/status?attempt=att_7&empty=&tag=a%20b%2Bc"
for channel, wanted in [("", ["sent", "delivered"]), ("whatsapp:", ["sent", "delivered", "read"])]:
    message = twilio.messages.create(
        to=channel + maria.number, from_=channel + SENDER, body="Great work", status_callback=status
    )
    for word in wanted:
        receipt = webhooks.wait("the receipt", MessageSid=message.sid, MessageStatus=word)
        genuine(f"the receipt {channel}{word}", receipt)
        check("it came to the address given", receipt.url, status)

# An answer in TwiML, made by the official builder
reply = "Rest & recover <3 💤"
answer = MessagingResponse()
answer.message(reply, action=webhooks.url + "/reply?to=maria&day=1")
webhooks.reply = str(answer)
maria.say("sms", "What now?")
receipt = webhooks.wait("the reply's receipt", url=webhooks.url + "/reply?to=maria&day=1", MessageStatus="delivered")
genuine("the receipt of a TwiML reply", receipt)
sent = twilio.messages(receipt.get("MessageSid")).fetch()
check("the TwiML became a message", (sent.direction, sent.to, sent.body), ("outbound-reply", maria.number, reply))
check("and the handset shows it", maria.messages()[-1]["body"], reply)

done()
