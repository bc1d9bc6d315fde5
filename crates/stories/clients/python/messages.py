"""Send over every channel, read back, list, page, redact, schedule, cancel, delete."""

import datetime
import json

from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from sandbox import SENDER, Phone, Receiver, check, client, done, refused, whatsapp

twilio = client()
webhooks = Receiver()
STATUS = webhooks.url + "/status?attempt=att_1&tag=a%20b"


def delivered(message):
    webhooks.wait("the receipt", MessageSid=message.sid, MessageStatus="delivered")
    return twilio.messages(message.sid).fetch()


# SMS
maria = Phone("+14155550101", read_receipts=True)
text = "Squats: 3 × 5, then rest 💪"
sms = twilio.messages.create(to=maria.number, from_=SENDER, body=text, status_callback=STATUS)
check("an SMS has the sid of one", (sms.sid[:2], len(sms.sid)), ("SM", 34))
check("it starts queued", sms.status, "queued")
check("it is ours", sms.direction, "outbound-api")
check("its numbers are strings", (sms.num_segments, sms.num_media), ("1", "0"))
check("it has no price yet", sms.price, None)
check("it has not been sent yet", sms.date_sent, None)
check("its date is read as UTC", sms.date_created.utcoffset(), datetime.timedelta(0))
seen = delivered(sms)
check("fetched, it is delivered", (seen.status, seen.error_code), ("delivered", None))
check("its text came back whole", seen.body, text)
check("it has a date of sending", seen.date_sent is not None, True)
check("its receipts came in order", webhooks.statuses(sms.sid), ["sent", "delivered"])
check("the handset shows it", [(one["direction"], one["body"]) for one in maria.messages()], [("in", text)])

long = twilio.messages.create(to=maria.number, from_=SENDER, body="a" * 161)
check("161 characters are two segments", long.num_segments, "2")

# MMS
photos = [webhooks.url + "/photo-1.png", webhooks.url + "/photo-2.png"]
mms = twilio.messages.create(to=maria.number, from_=SENDER, body="Form check", media_url=photos, status_callback=STATUS)
check("an MMS has the sid of one", mms.sid[:2], "MM")
check("it carries two pictures", delivered(mms).num_media, "2")
check("they are listed", len(twilio.messages(mms.sid).media.list()), 2)
check("the handset shows both", len(maria.messages()[-1]["media"]), 2)

# WhatsApp: free text needs an open window
early = twilio.messages.create(
    to=whatsapp(maria.number), from_=whatsapp(SENDER), body="Good morning", status_callback=STATUS
)
failed = webhooks.wait("the failure", MessageSid=early.sid, ErrorCode="63016")
check("free text outside the window fails", failed.get("MessageStatus") in ("failed", "undelivered"), True)
check("the reason can be fetched", twilio.messages(early.sid).fetch().error_code, 63016)
maria.say("whatsapp", "Hola, what is for today?")
free = twilio.messages.create(
    to=whatsapp(maria.number), from_=whatsapp(SENDER), body="Squats today", status_callback=STATUS
)
webhooks.wait("the blue ticks", MessageSid=free.sid, MessageStatus="read")
check("in the window it is delivered, then read", webhooks.statuses(free.sid), ["sent", "delivered", "read"])
check("fetched, it is read", twilio.messages(free.sid).fetch().status, "read")
check("addresses keep their prefix", (free.to, free.from_), (whatsapp(maria.number), whatsapp(SENDER)))

# WhatsApp: a template needs none
contents = twilio.content.v1.contents
body = "Hi {{1}}, your workout for {{2}} is ready when you are."
content = contents.create(
    ContentList.ContentCreateRequest(
        {
            "friendly_name": "daily_workout",
            "language": "en",
            "variables": {"1": "Ana", "2": "Monday"},
            "types": {"twilio/text": {"body": body}},
        }
    )
)
check("a template has the sid of one", content.sid[:2], "HX")
check("its text came back", content.types["twilio/text"]["body"], body)
asked = contents(content.sid).approval_create.create(
    ApprovalCreateList.ContentApprovalRequest({"name": "daily_workout", "category": "UTILITY"})
)
check("approval was asked for", (asked.name, asked.category), ("daily_workout", "UTILITY"))
approval = contents(content.sid).approval_fetch().fetch()
check("it is approved", approval.whatsapp["status"], "approved")
check("it is listed", content.sid in [one.sid for one in contents.list(page_size=1)], True)

jonas = Phone("+4915112345678", read_receipts=False)
template = twilio.messages.create(
    to=whatsapp(jonas.number),
    from_=whatsapp(SENDER),
    content_sid=content.sid,
    content_variables=json.dumps({"1": "Jonas", "2": "Tuesday"}),
    status_callback=STATUS,
)
check("a template arrives without a window", delivered(template).status, "delivered")
filled = "Hi Jonas, your workout for Tuesday is ready when you are."
check("its variables are filled in", jonas.messages()[-1]["body"], filled)
refused(
    "variables that are no JSON are refused", 400, 21656,
    lambda: twilio.messages.create(
        to=whatsapp(jonas.number), from_=whatsapp(SENDER), content_sid=content.sid, content_variables="{1:"
    ),
)
check("a template can be deleted", contents(content.sid).delete(), True)
refused("and is gone", 404, 20404, lambda: contents(content.sid).fetch())

# Lists and pages
ana = Phone("+5511987654321")
sent = [twilio.messages.create(to=ana.number, from_=SENDER, body=f"Set {n}").sid for n in range(7)]
check("a list reads every page", sorted(one.sid for one in twilio.messages.list(to=ana.number, page_size=3)), sorted(sent))
check("the newest come first", [one.sid for one in twilio.messages.list(to=ana.number)], sent[::-1])
check("a limit ends it early", len(twilio.messages.list(to=ana.number, page_size=2, limit=5)), 5)
first = twilio.messages.page(to=ana.number, page_size=3)
check("a page is as long as asked", len(list(first)), 3)
second = first.next_page()
check("the next page follows it", [one.sid for one in second], sent[::-1][3:6])
third = second.next_page()
check("the last page is the rest", [one.sid for one in third], sent[::-1][6:])
check("and nothing follows it", third.next_page(), None)
check("a page can be got by its address", len(list(twilio.messages.get_page(first.next_page_url))), 3)
check("by sender and receiver", len(twilio.messages.list(to=ana.number, from_=SENDER)), 7)
check("by another sender there are none", twilio.messages.list(to=ana.number, from_="+15005550009"), [])
check("channels are not mixed up", {one.to for one in twilio.messages.list(to=whatsapp(jonas.number))}, {whatsapp(jonas.number)})
day = datetime.timedelta(days=1)
today = seen.date_sent
of = lambda **when: sms.sid in [one.sid for one in twilio.messages.list(to=maria.number, **when)]
check("sent on the day", (of(date_sent=today.date()), of(date_sent=(today - day).date())), (True, False))
check("sent after", (of(date_sent_after=today - day), of(date_sent_after=today + day)), (True, False))
check("sent before", (of(date_sent_before=today + day), of(date_sent_before=today - day)), (True, False))

# Redact and delete
redacted = twilio.messages(sms.sid).update(body="")
check("a text can be redacted", (redacted.body, twilio.messages(sms.sid).fetch().body), ("", ""))
refused("but not rewritten", 400, 30400, lambda: twilio.messages(sms.sid).update(body="other words"))
refused("what has ended can't be cancelled", 409, 30409, lambda: twilio.messages(sms.sid).update(status="canceled"))
check("a message can be deleted", twilio.messages(sms.sid).delete(), True)
refused("and is gone", 404, 20404, lambda: twilio.messages(sms.sid).fetch())

# Schedules
service = twilio.messaging.v1.services.create(friendly_name="Coach")
numbers = twilio.incoming_phone_numbers.list(phone_number=SENDER)
twilio.messaging.v1.services(service.sid).phone_numbers.create(phone_number_sid=numbers[0].sid)
later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
planned = twilio.messages.create(
    to=ana.number, messaging_service_sid=service.sid, body="Later", schedule_type="fixed", send_at=later
)
check("a message can be planned", planned.status, "scheduled")
cancelled = twilio.messages(planned.sid).update(status="canceled")
check("and cancelled", (cancelled.status, twilio.messages(planned.sid).fetch().status), ("canceled", "canceled"))
refused("once", 409, 30409, lambda: twilio.messages(planned.sid).update(status="canceled"))
arrived = [one["body"] for one in ana.messages() if one["status"] in ("delivered", "read")]
check("it never arrived", "Later" in arrived, False)

done()
