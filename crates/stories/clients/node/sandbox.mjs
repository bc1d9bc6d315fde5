// What the scripts share: the official client pointed at a sandbox, the handsets, a receiver of webhooks, checks.
//
// Everything that is tested comes from the official package; here is only what it has no business knowing.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

// The package is in target/, and modules are looked for beside the script only.
const require = createRequire(join(process.env.GYMTEXT_TEST_NODE_MODULES, "sandbox.js"));
export const twilio = require("twilio");

export const URL_OF_SANDBOX = process.env.SANDBOX_URL.replace(/\/$/, "");
export const ACCOUNT_SID = process.env.TWILIO_ACCOUNT_SID;
export const AUTH_TOKEN = process.env.TWILIO_AUTH_TOKEN;
// Our own number: it sends and receives SMS, and is a WhatsApp sender as well.
export const SENDER = process.env.SENDER;
// The sandbox sends what handsets write to this port.
export const WEBHOOK_PORT = Number(process.env.WEBHOOK_PORT ?? 0);

const PATIENCE_MS = 15_000;
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

// Sends requests for any of Twilio's hosts to the sandbox, and changes nothing else.
class SandboxHttpClient extends twilio.RequestClient {
  request(options) {
    const uri = new URL(options.uri);
    const wanted = uri.hostname.endsWith(".twilio.com") ? URL_OF_SANDBOX + uri.pathname + uri.search : options.uri;
    return super.request({ ...options, uri: wanted });
  }
}

export function client({ accountSid = ACCOUNT_SID, authToken = AUTH_TOKEN } = {}) {
  return twilio(accountSid, authToken, { httpClient: new SandboxHttpClient({ timeout: PATIENCE_MS }) });
}

export const whatsapp = (number) => `whatsapp:${number}`;

// A handset of the sandbox.
export class Phone {
  static async new(number, abilities = {}) {
    const phone = new Phone();
    phone.number = number;
    await control("phones", { number, sms: true, whatsapp: true, ...abilities });
    return phone;
  }

  say(channel, text, more = {}) {
    return control(`phones/${encodeURIComponent(this.number)}/say`, { channel, text, ...more });
  }

  messages() {
    return control(`phones/${encodeURIComponent(this.number)}/messages`);
  }
}

// The sandbox's own API.
export async function control(path, body) {
  const request = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`${URL_OF_SANDBOX}/sandbox/api/${path}`, request);
  const text = await answer.text();
  if (!answer.ok) fail(`the sandbox refused ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

// One webhook, as it came over the wire.
export class Received {
  constructor(method, url, headers, body) {
    Object.assign(this, { method, url, headers, body });
    this.signature = headers["x-twilio-signature"] ?? "";
    this.values = {};
    for (const [name, value] of new URLSearchParams(body)) {
      const before = this.values[name];
      this.values[name] = before === undefined ? value : [before, value].flat();
    }
  }

  // What the official validator says, of this webhook or of an altered one.
  isValid({ url = this.url, values = this.values, signature = this.signature, token = AUTH_TOKEN } = {}) {
    return twilio.validateRequest(token, signature, url, values);
  }
}

// A small server that keeps every webhook, and answers with TwiML when told to. Serves one picture.
export class Receiver {
  received = [];
  reply = "";
  #waiting = new Set();

  static async new(port = 0) {
    const receiver = new Receiver();
    const server = createServer(async (request, response) => {
      if (request.method !== "POST" && request.url.startsWith("/photo")) {
        response.writeHead(200, { "Content-Type": "image/png", "Content-Length": PIXEL.length });
        return response.end(request.method === "HEAD" ? undefined : PIXEL);
      }
      const parts = await request.toArray();
      const body = Buffer.concat(parts).toString("utf8");
      const reply = receiver.reply;
      receiver.#keep(new Received(request.method, receiver.url + request.url, request.headers, body));
      response.writeHead(200, { "Content-Type": "text/xml" });
      return response.end(reply);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    receiver.url = `http://127.0.0.1:${server.address().port}`;
    return receiver;
  }

  #keep(webhook) {
    this.received.push(webhook);
    for (const look of this.#waiting) look();
  }

  // The first webhook with these values (`url` is where it came to), waiting until it comes.
  wait(what, wanted) {
    const has = (one, name) => (name === "url" ? one.url : one.values[name]);
    const matches = (one) => Object.entries(wanted).every(([name, value]) => has(one, name) === value);
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        const seen = JSON.stringify(this.received.map((one) => one.values), null, 1);
        fail(`no webhook came: ${what} ${JSON.stringify(wanted)}; what came: ${seen}`);
      }, PATIENCE_MS);
      const look = () => {
        const found = this.received.find(matches);
        if (!found) return;
        clearTimeout(late);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  // Every receipt of one message, in the order of arrival.
  statuses(sid) {
    return this.received.filter((one) => one.values.MessageSid === sid).map((one) => one.values.MessageStatus);
  }
}

let passed = 0;

function fail(why) {
  console.error(`FAILED: ${why}`);
  process.exit(1);
}

// Two values are equal, or the script ends.
export function check(what, got, wanted) {
  if (!isDeepStrictEqual(got, wanted)) {
    fail(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
  }
  passed += 1;
  console.log(`ok: ${what}`);
}

// The official exception, with this status and code.
export async function refused(what, status, code, call) {
  try {
    const result = await call();
    return fail(`${what}: no exception, but ${JSON.stringify(result)}`);
  } catch (refusal) {
    if (!(refusal instanceof twilio.RestException)) throw refusal;
    check(what, [refusal.status, refusal.code], [status, code]);
    return refusal;
  }
}

export function done() {
  console.log(`${passed} checks passed`);
  // Connections that are kept alive would keep the script alive as well.
  process.exit(0);
}
