// The product's reasons for a message, drawn from whatever JSON it gives.

import { channelName, el, icon, momentOf, words } from "./dom.js";
import { stageTone } from "./status.js";

const TOLD = new Set([
  "decision", "channel", "form", "reasons", "considered", "attempts", "status", "segments", "receipts",
  "kind", "until", "error_code", "possible_repeat", "message_id", "price", "cost", "chain", "onward",
  "together", "behind", "template",
]);

/** What a message is, as a coach calls it. */
const KINDS = {
  daily_workout: "The day's workout",
  weekly_checkin: "The weekly check-in",
  welcome: "The welcome",
  subscription_reminder: "A reminder of the subscription",
  chat_reply: "An answer to what they wrote",
  keyword_reply: "An answer to STOP, START or HELP",
  consent_request: "A question whether they agree",
  login_code: "A code",
  broadcast: "A message to many",
  system: "A notice",
  knock: "A question whether to go on",
};
const kindName = (kind) => (kind ? (KINDS[kind] ?? words(kind)) : null);

const VERDICTS = { chosen: "Chosen", later: "In reserve", passed: "Passed over" };

/** The headline of a decision. */
function decided(decision, form, channel) {
  if (decision === "send") {
    if (form === "template") return "Sent as an approved template";
    if (channel === "email") return "Sent as a letter";
    return channel === "whatsapp" ? "Sent as free text" : "Sent as a text message";
  }
  const names = { hold: "Held back", suppress: "Not sent", none_yet: "Not decided yet", unreadable: "Decided" };
  return names[decision] ?? (decision ? words(decision) : "Decided");
}

/** Known parts as sentences, everything else as it is. */
export function drawReasons(why) {
  const parts = [];
  const decision = typeof why.decision === "object" && why.decision ? why.decision : { decision: why.decision };
  const channel = why.channel ?? decision.channel;
  const headline = decision.sentence ?? decided(decision.decision, why.form ?? decision.form, channel);
  parts.push(
    el("p", { class: "why-decision" },
      el("strong", { text: headline }),
      channel ? el("span", { class: "badge accent", text: channelName(channel) }) : null,
      typeof why.status === "string" ? el("span", { class: `badge ${stageTone(why.status)}`, text: words(why.status) }) : null,
      typeof why.segments === "number" ? el("span", { class: "badge", text: `${why.segments} segment${why.segments === 1 ? "" : "s"}` }) : null),
  );
  const reasons = list(why.reasons ?? decision.reasons);
  if (reasons.length > 0) {
    parts.push(el("ul", { class: "reasons" }, ...reasons.map((reason) =>
      el("li", {}, icon("check"), el("span", {}, el("span", { dir: "auto", text: sentence(reason), title: reason?.code }))))));
  }
  parts.push(facts([
    ["What it is", kindName(why.kind)],
    ["Template", templateOf(why.template)],
    ["Until", momentOf(why.until)],
    ...prices(why, channel),
    ["Attempts", typeof why.attempts === "number" ? why.attempts : null],
    ["Error", why.error_code],
    ["Repeat", why.possible_repeat ? "Possible: the first answer never came" : null],
    ["Message", why.message_id],
  ]));
  // What was chosen is said above already.
  const considered = list(why.considered ?? decision.considered).filter((other) => other?.verdict !== "chosen");
  if (considered.length > 0) {
    parts.push(el("h3", { text: "What else was considered" }));
    parts.push(el("ul", { class: "considered" }, ...considered.map((other) =>
      el("li", {},
        el("span", { class: "considered-head" },
          other?.channel ? el("strong", { text: channelName(other.channel) }) : null,
          other?.verdict ? el("span", { class: `badge ${other.verdict === "chosen" ? "ok" : ""}`, text: VERDICTS[other.verdict] ?? words(other.verdict) }) : null),
        el("span", { dir: "auto", text: sentence(other) }),
        other?.price ? el("span", { class: "price muted", text: money(other.price) }) : null))));
  }
  parts.push(...drawBehind(why), ...drawTogether(why), ...drawChain(why));
  for (const name of ["attempts", "receipts"]) {
    const rows = why[name];
    if (list(rows).length > 0) parts.push(el("h3", { text: words(name) }), ...list(rows).map(anything));
  }
  const rest = Object.entries(why).filter(([name, value]) => !TOLD.has(name) && value !== null && value !== "");
  if (rest.length > 0) parts.push(el("details", { class: "more" }, el("summary", { text: "Everything that is known" }), anything(Object.fromEntries(rest))));
  return parts;
}

/** A message that says the same as this one, by its channel. */
function alike(one, own) {
  return el("span", { class: "considered-head" },
    el("strong", { text: `${one.channel ? channelName(one.channel) : "No channel yet"}${one.message_id === own ? " (this one)" : ""}` }),
    el("span", { class: `badge ${stageTone(one.status)}`, text: words(one.status) }));
}

/** A template with its language and wording. */
function templateOf(template) {
  return template ? [template.name, template.language, template.version].filter(Boolean).join(" · ") : null;
}

/** What it was thought to cost, and what it did. A letter costs nothing of its own. */
function prices(why, channel) {
  if (channel === "email") return [];
  return [
    ["Estimated", money(why.cost ? { amount: why.cost.estimated, ...why.cost } : why.price)],
    ["Charged", why.cost?.actual ? money({ amount: why.cost.actual, ...why.cost }) : why.cost ? "Not told yet" : null],
  ];
}

/** What waits behind a question until they answer, or has come of it. */
function drawBehind({ behind }) {
  if (!behind) return [];
  const waits = behind.status === "held";
  const until = waits && behind.until ? ` until ${momentOf(behind.until)}, and is not sent after that` : "";
  return [
    el("h3", { text: "What waits behind it" }),
    el("ul", { class: "considered" }, el("li", {},
      el("span", { class: "considered-head" },
        el("strong", { text: kindName(behind.kind) ?? "A message" }),
        el("span", { class: `badge ${stageTone(behind.status)}`, text: waits ? "Waits" : words(behind.status) })),
      waits ? el("span", { text: `It waits for any answer${until}.` }) : null)),
  ];
}

/** The messages that say the same on several channels at once. */
function drawTogether({ together, message_id: own }) {
  const all = list(together).map((one) => el("li", {}, alike(one, own)));
  return all.length === 0 ? [] : [el("h3", { text: "On several channels at once" }), el("ul", { class: "considered" }, ...all)];
}

/** The messages that say the same one after the other, and what would follow this one. */
function drawChain({ chain, onward, message_id: own }) {
  const legs = list(chain).map((leg) =>
    el("li", {}, alike(leg, own),
      leg.sentence ? el("span", { dir: "auto", text: `It followed because ${leg.sentence}.` }) : null));
  const next = follows(onward);
  if (legs.length === 0 && !next) return [];
  return [
    el("h3", { text: "By other channels" }),
    legs.length > 0 ? el("ol", { class: "considered" }, ...legs) : null,
    next ? el("p", { dir: "auto", text: next }) : null,
  ].filter(Boolean);
}

function follows(onward) {
  if (!onward) return null;
  const because = list(onward.reasons).map(sentence).join("; ");
  const told = {
    stays: () => sentence(onward),
    waits: () => `If nothing tells by ${momentOf(onward.until)} that it arrived, another channel takes over.`,
    nowhere: () => `Nothing follows, as things stand now. ${because}`,
    goes_on: () => "As things stand now, another channel could take it.",
  };
  return told[onward.state]?.() ?? null;
}

/** An amount with its currency, or why there is none. */
function money(price) {
  if (!price) return null;
  return price.amount && price.currency ? `${price.amount} ${price.currency}` : `Not known${price.unknown?.sentence ? `: ${price.unknown.sentence}` : ""}`;
}

const list = (value) => (Array.isArray(value) ? value : []);

function sentence(value) {
  if (typeof value === "string") return value;
  const told = value?.sentence ?? value?.reason ?? value?.because ?? value?.why ?? value?.code;
  if (typeof told !== "string") return JSON.stringify(value);
  return /^[a-z_]+$/.test(told) ? words(told) : told.charAt(0).toUpperCase() + told.slice(1);
}

/** Any shape: plain values as facts, nested ones as text. */
function anything(value) {
  if (typeof value !== "object" || value === null) return el("p", { dir: "auto", text: String(value) });
  return facts(Object.entries(value).map(([name, inner]) => [
    words(name),
    typeof inner === "object" && inner !== null ? JSON.stringify(inner, null, 1) : name === "at" || name.endsWith("_at") ? momentOf(inner) : inner,
  ]));
}

/** A list of names and values; what is empty is left out. */
export function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value === undefined || value === null || value === "") continue;
    list.append(el("dt", { text: name }), el("dd", { dir: "auto", text: String(value) }));
  }
  return list;
}
