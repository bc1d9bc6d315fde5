// Webhooks signed by the official SDK, and altered ones, as JSON: `sign.mjs BASE_URL ACCOUNT_SID`.
//
// Each is {name, url, pairs, signature, genuine}; the token comes from TWILIO_AUTH_TOKEN. The official
// validator has been asked about each.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.GYMTEXT_TEST_NODE_MODULES, "sign.js"));
const { getExpectedTwilioSignature, validateRequest } = require("twilio/lib/webhooks/webhooks");

const token = process.env.TWILIO_AUTH_TOKEN;
const [base, account] = process.argv.slice(2);
const url = `${base.replace(/\/$/, "")}/api/twilio/sms`;

const sid = (number) => `SM${(number + 0x1000).toString(16).padStart(32, "0")}`;
const text = (Body, number, more = {}) => ({
  ToCountry: "US", ToState: "CA", SmsMessageSid: sid(number), NumMedia: "0", ToCity: "", FromZip: "",
  SmsSid: sid(number), FromState: "", SmsStatus: "received", FromCity: "", Body, FromCountry: "US",
  To: "+14155550199", ToZip: "", NumSegments: "1", MessageSid: sid(number), AccountSid: account,
  From: "+14155550101", ApiVersion: "2010-04-01", ...more,
});

const bodies = [
  "Done", "", "💪🏽 done", "Ole\u0301, Jose\u0301", " a\r\n\tb  ", "a+b&c=d%20e#f", "<b>&amp;</b>", "\u202eabc\u2066",
  "x".repeat(1600), "0", "STOP it, I love it",
];
const genuine = bodies.map((body, number) => [`body ${number}`, text(body, number)]);
genuine.push(["unknown parameters", text("hi", 90, { NewThing: "1", zebra: "é" })]);

const cases = [];
function add(name, params, signature, wanted) {
  if (validateRequest(token, signature, url, params) !== wanted) {
    console.error(`the official validator disagrees about ${name}`);
    process.exit(1);
  }
  cases.push({ name, url, pairs: Object.entries(params), signature, genuine: wanted });
}

for (const [name, params] of genuine) {
  const signature = getExpectedTwilioSignature(token, url, params);
  const { ToCountry, ...shorter } = params;
  add(name, params, signature, true);
  add(`${name}: another text`, { ...params, Body: `${params.Body}!` }, signature, false);
  add(`${name}: another writer`, { ...params, From: "+14155550102" }, signature, false);
  add(`${name}: one more name`, { ...params, Extra: ToCountry }, signature, false);
  add(`${name}: one name less`, shorter, signature, false);
  add(`${name}: no signature`, params, "", false);
  add(`${name}: a signature cut short`, params, signature.slice(0, -1), false);
  add(`${name}: another token`, params, getExpectedTwilioSignature("0".repeat(32), url, params), false);
  add(`${name}: signed for another address`, params, getExpectedTwilioSignature(token, `${url}/`, params), false);
}

process.stdout.write(JSON.stringify(cases));
