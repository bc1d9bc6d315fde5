// Deliveries of ours, verified by the official library of Standard Webhooks: `deliveries.mjs`, with
// {secret, now, deliveries: [{headers, body}]} on standard input. Each has to hold as it came, and none with anything altered.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.GYMTEXT_TEST_NODE_MODULES, "deliveries.js"));
const { Webhook } = require("standardwebhooks");

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { secret, now, deliveries } = JSON.parse(text);

// The library compares with the machine's clock; the story has one of its own.
Date.now = () => now * 1000;
const webhook = new Webhook(secret);

const refused = (headers, body, with_ = webhook) => {
  try {
    with_.verify(body, headers);
    return false;
  } catch {
    return true;
  }
};

for (const { headers, body } of deliveries) {
  const said = webhook.verify(body, headers);
  if (typeof said.type !== "string" || typeof said.timestamp !== "string" || typeof said.data !== "object") {
    throw new Error(`not the frame that is recommended: ${body}`);
  }
  const later = String(Number(headers["webhook-timestamp"]) + 1);
  const altered = [
    [headers, `${body} `],
    [{ ...headers, "webhook-id": "evt_0" }, body],
    [{ ...headers, "webhook-timestamp": later }, body],
    [{ ...headers, "webhook-signature": "v1,AAAA" }, body],
  ];
  if (!altered.every(([headers, body]) => refused(headers, body))) throw new Error("an altered one was accepted");
  const other = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  if (!refused(headers, body, other)) throw new Error("another secret was accepted");
}
console.log(`verified ${deliveries.length}`);
