// Every mistake gets the official exception, with Twilio's own status and code.

import { SENDER, Phone, check, client, done, refused, whatsapp } from "./sandbox.mjs";

const api = client();
const maria = await Phone.new("+14155550501");
const landline = await Phone.new("+14155550502", { landline: true });
const stopped = await Phone.new("+14155550503");
await stopped.say("sms", "STOP");

const good = { to: maria.number, from: SENDER, body: "Hi" };
const nobody = `SM${"0".repeat(32)}`;
const unknown = "+14155559999";
const pictures = Array.from({ length: 11 }, (_, n) => `https://example.com/${n}.png`);

const mistakes = [
  ["no receiver", 21604, { to: "" }],
  ["a receiver that is no number", 21211, { to: "+1415" }],
  ["letters for a number", 21211, { to: "maria" }],
  ["no sender", 21603, { from: undefined }],
  ["a sender that is not ours", 21659, { from: unknown }],
  ["nothing to say", 21602, { body: undefined }],
  ["too much to say", 21617, { body: "a".repeat(1601) }],
  ["a receiver who texted STOP", 21610, { to: stopped.number }],
  ["a landline", 21614, { to: landline.number }],
  ["media that is no address", 21620, { mediaUrl: ["not an address"] }],
  ["eleven pictures", 21623, { mediaUrl: pictures }],
  ["a callback that is no address", 21609, { statusCallback: "not an address" }],
  ["variables without a template", 21654, { contentVariables: "{}" }],
  ["a template that is none", 21655, { contentSid: "HX12" }],
  ["too long a validity", 21624, { validityPeriod: 36001 }],
  ["a plan without a service", 35118, { scheduleType: "fixed", sendAt: new Date("2099-01-01T00:00:00Z") }],
  ["a service that is none", 21705, { from: undefined, messagingServiceSid: "MG12" }],
  ["two channels in one message", 21910, { to: whatsapp(maria.number) }],
  ["a WhatsApp sender that is not ours", 63007, { to: whatsapp(maria.number), from: whatsapp(unknown) }],
];
for (const [what, code, changes] of mistakes) {
  await refused(what, 400, code, () => api.messages.create({ ...good, ...changes }));
}

check("none of it was stored", await api.messages.list({ to: maria.number }), []);
check("none of it arrived", await maria.messages(), []);

const refusal = await refused("a message that is none", 404, 20404, () => api.messages(nobody).fetch());
check("the exception has words for people", refusal.message.includes(nobody), true);
check("and says where to read on", refusal.moreInfo, "https://www.twilio.com/docs/errors/20404");
await refused("deleting what is not there", 404, 20404, () => api.messages(nobody).remove());

const wrong = client({ authToken: "0".repeat(32) });
await refused("a wrong token", 401, 20003, () => wrong.messages.create(good));
await refused("a wrong token, reading", 401, 20003, () => wrong.messages(nobody).fetch());
const stranger = client({ accountSid: `AC${"9".repeat(32)}` });
await refused("another account", 401, 20003, () => stranger.messages.create(good));

await stopped.say("sms", "START");
const welcome = await api.messages.create({ ...good, to: stopped.number, body: "Welcome back" });
check("START opens it again", welcome.status, "queued");

done();
