// Send over every channel, read back, list, page, redact, schedule, cancel, delete.

import { SENDER, Phone, Receiver, check, client, done, refused, whatsapp } from "./sandbox.mjs";

const api = client();
const webhooks = await Receiver.new();
const statusCallback = `${webhooks.url}/status?attempt=att_1&tag=a%20b`;

const send = (message) => api.messages.create({ from: SENDER, statusCallback, ...message });
const delivered = async (message) => {
  await webhooks.wait("the receipt", { MessageSid: message.sid, MessageStatus: "delivered" });
  return api.messages(message.sid).fetch();
};
const last = async (phone) => (await phone.messages()).at(-1);

// SMS
const maria = await Phone.new("+14155550401", { read_receipts: true });
const text = "Squats: 3 × 5, then rest 💪";
const sms = await send({ to: maria.number, body: text });
check("an SMS has the sid of one", [sms.sid.slice(0, 2), sms.sid.length], ["SM", 34]);
check("it starts queued", sms.status, "queued");
check("it is ours", sms.direction, "outbound-api");
check("its numbers are strings", [sms.numSegments, sms.numMedia], ["1", "0"]);
check("it has no price yet", sms.price, null);
check("it has not been sent yet", sms.dateSent, null);
check("its date is a date", sms.dateCreated instanceof Date && !Number.isNaN(sms.dateCreated.getTime()), true);
const seen = await delivered(sms);
check("fetched, it is delivered", [seen.status, seen.errorCode], ["delivered", null]);
check("its text came back whole", seen.body, text);
check("it has a date of sending", seen.dateSent instanceof Date, true);
check("its receipts came in order", webhooks.statuses(sms.sid), ["sent", "delivered"]);
check("the handset shows it", (await maria.messages()).map((one) => [one.direction, one.body]), [["in", text]]);

const long = await send({ to: maria.number, body: "a".repeat(161) });
check("161 characters are two segments", long.numSegments, "2");

// MMS
const mediaUrl = [`${webhooks.url}/photo-1.png`, `${webhooks.url}/photo-2.png`];
const mms = await send({ to: maria.number, body: "Form check", mediaUrl });
check("an MMS has the sid of one", mms.sid.slice(0, 2), "MM");
check("it carries two pictures", (await delivered(mms)).numMedia, "2");
check("they are listed", (await api.messages(mms.sid).media.list()).length, 2);
check("the handset shows both", (await last(maria)).media.length, 2);

// WhatsApp: free text needs an open window
const free = { to: whatsapp(maria.number), from: whatsapp(SENDER), body: "Squats today" };
const early = await send(free);
const failed = await webhooks.wait("the failure", { MessageSid: early.sid, ErrorCode: "63016" });
check("free text outside the window fails", ["failed", "undelivered"].includes(failed.values.MessageStatus), true);
check("the reason can be fetched", (await api.messages(early.sid).fetch()).errorCode, 63016);
await maria.say("whatsapp", "Hola, what is for today?");
const inWindow = await send(free);
await webhooks.wait("the blue ticks", { MessageSid: inWindow.sid, MessageStatus: "read" });
check("in the window it is delivered, then read", webhooks.statuses(inWindow.sid), ["sent", "delivered", "read"]);
check("addresses keep their prefix", [inWindow.to, inWindow.from], [free.to, free.from]);

// WhatsApp: a template needs none
const contents = api.content.v1.contents;
const body = "Hi {{1}}, your workout for {{2}} is ready when you are.";
const content = await contents.create({
  friendly_name: "daily_workout",
  language: "en",
  variables: { 1: "Ana", 2: "Monday" },
  types: { "twilio/text": { body } },
});
check("a template has the sid of one", content.sid.slice(0, 2), "HX");
check("its text came back", content.types["twilio/text"].body, body);
const asked = await contents(content.sid).approvalCreate.create({ name: "daily_workout_node", category: "UTILITY" });
check("approval was asked for", [asked.name, asked.category], ["daily_workout_node", "UTILITY"]);
const approval = await contents(content.sid).approvalFetch().fetch();
check("it is approved", approval.whatsapp.status, "approved");
check("it is listed", (await contents.list({ pageSize: 1 })).some((one) => one.sid === content.sid), true);

const jonas = await Phone.new("+4915112345679", { read_receipts: false });
const template = { to: whatsapp(jonas.number), from: whatsapp(SENDER), contentSid: content.sid };
const filled = await send({ ...template, contentVariables: JSON.stringify({ 1: "Jonas", 2: "Tuesday" }) });
check("a template arrives without a window", (await delivered(filled)).status, "delivered");
check("its variables are filled in", (await last(jonas)).body, "Hi Jonas, your workout for Tuesday is ready when you are.");
await refused("variables that are no JSON are refused", 400, 21656, () => send({ ...template, contentVariables: "{1:" }));
check("a template can be deleted", await contents(content.sid).remove(), true);
await refused("and is gone", 404, 20404, () => contents(content.sid).fetch());

// Lists and pages
const ana = await Phone.new("+5511987654322");
const sent = [];
for (let n = 0; n < 7; n += 1) sent.unshift((await send({ to: ana.number, body: `Set ${n}` })).sid);
const sids = (list) => list.map((one) => one.sid);
const to = ana.number;
check("a list reads every page, newest first", sids(await api.messages.list({ to, pageSize: 3 })), sent);
check("a limit ends it early", sids(await api.messages.list({ to, pageSize: 2, limit: 5 })), sent.slice(0, 5));
const first = await api.messages.page({ to, pageSize: 3 });
check("a page is as long as asked", sids(first.instances), sent.slice(0, 3));
const second = await first.nextPage();
check("the next page follows it", sids(second.instances), sent.slice(3, 6));
const third = await second.nextPage();
check("the last page is the rest", sids(third.instances), sent.slice(6));
check("and nothing follows it", (await third.nextPage()) ?? null, null);
check("a page can be got by its address", sids((await api.messages.getPage(first.nextPageUrl)).instances), sent.slice(3, 6));
const each = [];
await new Promise((resolve) => api.messages.each({ to, pageSize: 3, done: resolve }, (one) => each.push(one.sid)));
check("each visits them all", each, sent);
check("by sender and receiver", (await api.messages.list({ to, from: SENDER })).length, 7);
check("by another sender there are none", await api.messages.list({ to, from: "+15005550009" }), []);
const days = (count) => new Date(seen.dateSent.getTime() + count * 86_400_000);
const has = async (when) => sids(await api.messages.list({ to: maria.number, ...when })).includes(sms.sid);
const midnight = (count) => new Date(days(count).setUTCHours(0, 0, 0, 0));
check("sent on the day", [await has({ dateSent: midnight(0) }), await has({ dateSent: midnight(-1) })], [true, false]);
check("sent after", [await has({ dateSentAfter: days(-1) }), await has({ dateSentAfter: days(1) })], [true, false]);
check("sent before", [await has({ dateSentBefore: days(1) }), await has({ dateSentBefore: days(-1) })], [true, false]);

// Redact and delete
check("a text can be redacted", (await api.messages(sms.sid).update({ body: "" })).body, "");
check("for good", (await api.messages(sms.sid).fetch()).body, "");
await refused("but not rewritten", 400, 30400, () => api.messages(sms.sid).update({ body: "other words" }));
await refused("what has ended can't be cancelled", 409, 30409, () => api.messages(sms.sid).update({ status: "canceled" }));
check("a message can be deleted", await api.messages(sms.sid).remove(), true);
await refused("and is gone", 404, 20404, () => api.messages(sms.sid).fetch());

// Schedules
const service = await api.messaging.v1.services.create({ friendlyName: "Coach" });
const [number] = await api.incomingPhoneNumbers.list({ phoneNumber: SENDER });
await api.messaging.v1.services(service.sid).phoneNumbers.create({ phoneNumberSid: number.sid });
const sendAt = new Date(Date.now() + 3_600_000);
const plan = { to, messagingServiceSid: service.sid, body: "Later", scheduleType: "fixed", sendAt };
const planned = await api.messages.create(plan);
check("a message can be planned", planned.status, "scheduled");
check("and cancelled", (await api.messages(planned.sid).update({ status: "canceled" })).status, "canceled");
await refused("once", 409, 30409, () => api.messages(planned.sid).update({ status: "canceled" }));
const arrived = (await ana.messages()).filter((one) => ["delivered", "read"].includes(one.status));
check("it never arrived", arrived.some((one) => one.body === "Later"), false);

done();
