// The product's reasons for a message, drawn from whatever JSON it gives.

import { channelName, el, icon, momentOf, words } from "./dom.js";
import { stageTone } from "./status.js";

const TOLD = new Set([
  "decision", "channel", "form", "reasons", "considered", "attempts", "status", "segments", "receipts",
  "kind", "until", "error_code", "possible_repeat", "message_id",
]);

const VERDICTS = { chosen: "Chosen", later: "In reserve", passed: "Passed over" };

/** The headline of a decision. */
function decided(decision, form, channel) {
  if (decision === "send") {
    if (form === "template") return "Sent as an approved template";
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
      el("li", {}, icon("check"), el("span", {}, el("span", { dir: "auto", text: sentence(reason) }), reason?.code ? el("code", { text: reason.code }) : null)))));
  }
  parts.push(facts([
    ["Kind", why.kind && words(why.kind)],
    ["Until", momentOf(why.until)],
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
        el("span", { dir: "auto", text: sentence(other) })))));
  }
  for (const name of ["attempts", "receipts"]) {
    const rows = why[name];
    if (list(rows).length > 0) parts.push(el("h3", { text: words(name) }), ...list(rows).map(anything));
  }
  const rest = Object.entries(why).filter(([name, value]) => !TOLD.has(name) && value !== null && value !== "");
  if (rest.length > 0) parts.push(el("details", { class: "more" }, el("summary", { text: "Everything that is known" }), anything(Object.fromEntries(rest))));
  return parts;
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
