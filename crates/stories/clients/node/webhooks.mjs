// The official validator accepts what the sandbox sends, and refuses it once anything is altered.

import {
  ACCOUNT_SID, AUTH_TOKEN, PIXEL, SENDER, WEBHOOK_PORT, Phone, Receiver, check, client, done, twilio, whatsapp,
} from "./sandbox.mjs";

const api = client();
const webhooks = await Receiver.new(WEBHOOK_PORT);

// Valid as it came; invalid with anything changed.
function genuine(what, webhook) {
  check(`${what}: accepted by the validator`, webhook.isValid(), true);
  const { url, values, signature } = webhook;
  const [[name, value], ...others] = Object.entries(values);
  const altered = {
    "another token": { token: "0".repeat(32) },
    "no signature": { signature: "" },
    "another signature": { signature: signature.slice(0, -2) + (signature.endsWith("A=") ? "B=" : "A=") },
    "another address": { url: `${url}/` },
    "a longer query": { url: `${url}${url.includes("?") ? "&" : "?"}x=1` },
    "one more value": { values: { ...values, Extra: "1" } },
    "one value less": { values: Object.fromEntries(others) },
    "a value changed": { values: { ...values, [name]: `${value}0` } },
    "a name changed": { values: { ...Object.fromEntries(others), [`${name}X`]: value } },
  };
  const accepted = Object.keys(altered).filter((change) => webhook.isValid(altered[change]));
  check(`${what}: refused with anything altered`, accepted, []);
}

const maria = await Phone.new("+14155550601", { read_receipts: true });

// What handsets write
for (const [channel, address] of [["sms", (number) => number], ["whatsapp", whatsapp]]) {
  const Body = `Done by ${channel}! 5 × 5 @ 80 kg & more = 100% 💪🏽 olé\nsecond line`;
  await maria.say(channel, Body);
  const inbound = await webhooks.wait("the message", { Body });
  genuine(`a text by ${channel}`, inbound);
  const { From, To, AccountSid, NumMedia, MessageSid } = inbound.values;
  check("it says who wrote", From, address(maria.number));
  check("and to whom", To, address(SENDER));
  check("and on which account", AccountSid, ACCOUNT_SID);
  check("and what", [NumMedia, MessageSid.length], ["0", 34]);
  const stored = await api.messages(MessageSid).fetch();
  check("it can be fetched", [stored.direction, stored.status, stored.body], ["inbound", "received", Body]);
}

// Media
await maria.say("sms", "Look", { media_url: `${webhooks.url}/photo.png` });
const picture = await webhooks.wait("the picture", { Body: "Look" });
genuine("a picture", picture);
check("it names its media", [picture.values.NumMedia, picture.values.MediaContentType0], ["1", "image/png"]);
const media = picture.values.MediaUrl0;
check("which only the account may read", (await fetch(media)).status, 401);
const Authorization = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString("base64")}`;
const moved = await fetch(media, { headers: { Authorization }, redirect: "manual" });
check("it is kept elsewhere, for a while", [301, 302, 303, 307, 308].includes(moved.status), true);
check("at another host", new URL(moved.headers.get("Location")).host !== new URL(media).host, true);
const followed = await fetch(media, { headers: { Authorization } });
check("so that credentials stay behind", PIXEL.equals(Buffer.from(await followed.arrayBuffer())), true);
const bytes = await (await fetch(moved.headers.get("Location"))).arrayBuffer();
check("where it is whole", PIXEL.equals(Buffer.from(bytes)), true);

// A button
const buttons = { body: "How did it go?", actions: [{ type: "QUICK_REPLY", title: "Done", id: "done:42" }] };
const content = await api.content.v1.contents.create({
  friendly_name: "how_did_it_go",
  language: "en",
  types: { "twilio/quick-reply": buttons },
});
const asked = await api.messages.create({
  to: whatsapp(maria.number),
  from: whatsapp(SENDER),
  contentSid: content.sid,
  statusCallback: `${webhooks.url}/asked`,
});
await webhooks.wait("the question's arrival", { MessageSid: asked.sid, MessageStatus: "delivered" });
await maria.say("whatsapp", undefined, { button: "Done" });
const tap = await webhooks.wait("the tap", { ButtonPayload: "done:42" });
genuine("a tap", tap);
check("it says which button", [tap.values.ButtonText, tap.values.Body], ["Done", "Done"]);
check("and of which message", tap.values.OriginalRepliedMessageSid, asked.sid);

// Receipts, with our own query kept as it is
const statusCallback = `${webhooks.url}/status?attempt=att_7&empty=&tag=a%20b%2Bc`;
for (const [address, wanted] of [[(number) => number, ["sent", "delivered"]], [whatsapp, ["sent", "delivered", "read"]]]) {
  const message = { to: address(maria.number), from: address(SENDER), body: "Great work", statusCallback };
  const { sid } = await api.messages.create(message);
  for (const MessageStatus of wanted) {
    const receipt = await webhooks.wait("the receipt", { MessageSid: sid, MessageStatus });
    genuine(`the receipt ${MessageStatus} of ${message.to}`, receipt);
    check("it came to the address given", receipt.url, statusCallback);
  }
}

// An answer in TwiML, made by the official builder
const reply = "Rest & recover <3 💤";
const action = `${webhooks.url}/reply?to=maria&day=1`;
const answer = new twilio.twiml.MessagingResponse();
answer.message({ action }, reply);
webhooks.reply = answer.toString();
await maria.say("sms", "What now?");
const receipt = await webhooks.wait("the reply's receipt", { url: action, MessageStatus: "delivered" });
genuine("the receipt of a TwiML reply", receipt);
const sent = await api.messages(receipt.values.MessageSid).fetch();
check("the TwiML became a message", [sent.direction, sent.to, sent.body], ["outbound-reply", maria.number, reply]);
check("and the handset shows it", (await maria.messages()).at(-1).body, reply);

done();
