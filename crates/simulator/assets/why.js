// The panel beside the phones: why a message was sent this way, and what the carrier knows about it.

import { channelName, el, icon, momentOf, readable, words } from "./dom.js";
import { stageIcon, stageTone, statusText } from "./status.js";

const TOLD = new Set(["decision", "channel", "reasons", "considered", "attempts", "status", "segments", "receipts"]);
const REFRESH_MS = 200;
/** When the panel is a sheet over the phones. */
const SHEET = "(max-width: 63.99rem)";

export class Why {
  constructor(api) {
    this.api = api;
    this.panel = document.querySelector("[data-why]");
    this.body = document.querySelector("[data-why-body]");
    this.message = null;
    this.history = new Map();
    document.querySelector("[data-why-close]").addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.message && !document.querySelector("dialog[open]")) this.close();
    });
    this.drawEmpty();
  }

  /** Remembers when a status was seen, for the history. */
  saw(message, at) {
    const seen = this.history.get(message.id) ?? [];
    if (seen.at(-1)?.status !== message.status) seen.push({ status: message.status, error_code: message.error_code, at });
    this.history.set(message.id, seen);
    if (this.message?.id === message.id) {
      this.message = { ...this.message, ...message };
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), REFRESH_MS);
    }
  }

  open(message, from) {
    this.message = message;
    this.from = from;
    this.panel.classList.add("open");
    this.body.replaceChildren(el("p", { class: "muted", text: "Looking it up…" }));
    if (matchMedia(SHEET).matches) document.querySelector("[data-why-close]").focus();
    this.load();
  }

  close() {
    this.message = null;
    this.panel.classList.remove("open");
    this.drawEmpty();
    this.onclose?.();
    this.from?.focus?.();
  }

  drawEmpty() {
    this.body.replaceChildren(
      el("div", { class: "empty" },
        el("span", { class: "empty-icon" }, icon("circle-help")),
        el("p", { class: "empty-title", text: "Pick a message" }),
        el("p", { text: "You will see why it was sent, why on this channel and in this form, and what became of it." })),
    );
  }

  async load() {
    const message = this.message;
    if (!message) return;
    let reasons = null;
    let note = "This phone's owner wrote it: there was nothing to decide.";
    if (message.direction === "in") {
      try {
        reasons = await this.api.why(message.id);
      } catch (error) {
        note = error.status === 404 ? "The sandbox runs on its own: no reasons here." : error.message;
      }
    }
    if (this.message?.id !== message.id) return;
    this.body.replaceChildren(...(reasons ? drawReasons(reasons) : [el("p", { class: "notice" }, icon("info"), el("span", { text: note }))]), ...this.drawCarrier(this.message));
  }

  drawCarrier(message) {
    const seen = message.history ?? this.history.get(message.id) ?? [];
    const steps = seen.map((step) =>
      el("li", {}, el("span", { class: `badge ${stageTone(step.status)}` }, icon(stageIcon(step.status)), statusText(step)), el("span", { class: "muted", text: momentOf(step.at) })));
    return [
      el("h3", { text: "At the carrier" }),
      facts([
        ["Status", statusText(message)],
        ["What it means", message.error_message],
        ["Id", message.id],
        ["Channel", channelName(message.channel)],
        ["From", readable(message.from)],
        ["To", readable(message.to)],
        ["At", momentOf(message.at)],
        ["Template", templateName(message.template)],
      ]),
      steps.length > 0 ? el("ol", { class: "steps" }, ...steps) : null,
    ].filter(Boolean);
  }
}

function templateName(template) {
  if (!template) return null;
  return typeof template === "string" ? template : (template.name ?? template.friendly_name ?? template.sid ?? JSON.stringify(template));
}

function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value === undefined || value === null || value === "") continue;
    list.append(el("dt", { text: name }), el("dd", { dir: "auto", text: String(value) }));
  }
  return list;
}

/** Known parts as sentences, everything else as it is. */
function drawReasons(why) {
  const parts = [];
  const decision = typeof why.decision === "object" && why.decision ? why.decision : { decision: why.decision };
  const headline = decision.sentence ?? decision.decision ?? decision.kind;
  const channel = why.channel ?? decision.channel;
  parts.push(
    el("p", { class: "why-decision" },
      el("strong", { text: headline ? words(headline) : "Decided" }),
      channel ? el("span", { class: "badge accent", text: channelName(channel) }) : null,
      typeof why.status === "string" ? el("span", { class: `badge ${stageTone(why.status)}`, text: words(why.status) }) : null,
      typeof why.segments === "number" ? el("span", { class: "badge", text: `${why.segments} segment${why.segments === 1 ? "" : "s"}` }) : null),
  );
  const reasons = list(why.reasons ?? decision.reasons);
  if (reasons.length > 0) {
    parts.push(el("ul", { class: "reasons" }, ...reasons.map((reason) =>
      el("li", {}, icon("check"), el("span", {}, el("span", { dir: "auto", text: sentence(reason) }), reason?.code ? el("code", { text: reason.code }) : null)))));
  }
  const considered = list(why.considered);
  if (considered.length > 0) {
    parts.push(el("h3", { text: "What else was considered" }));
    parts.push(el("ul", { class: "considered" }, ...considered.map((other) =>
      el("li", {},
        el("span", { class: "considered-head" },
          other?.channel ? el("strong", { text: channelName(other.channel) }) : null,
          other?.verdict ? el("span", { class: `badge ${/chosen|send|ok|yes/i.test(other.verdict) ? "ok" : ""}`, text: words(other.verdict) }) : null),
        el("span", { dir: "auto", text: sentence(other) })))));
  }
  for (const name of ["attempts", "receipts"]) {
    const rows = why[name];
    if (typeof rows === "number") parts.push(facts([[words(name), rows]]));
    else if (list(rows).length > 0) parts.push(el("h3", { text: words(name) }), ...list(rows).map(anything));
  }
  const rest = Object.entries(why).filter(([name, value]) => !TOLD.has(name) && value !== null && value !== "");
  if (rest.length > 0) parts.push(el("details", { class: "more" }, el("summary", { text: "Everything that is known" }), anything(Object.fromEntries(rest))));
  return parts;
}

const list = (value) => (Array.isArray(value) ? value : []);

function sentence(value) {
  if (typeof value === "string") return value;
  return value?.sentence ?? value?.reason ?? value?.why ?? (value?.code ? words(value.code) : JSON.stringify(value));
}

/** Any shape: plain values as facts, nested ones as text. */
function anything(value) {
  if (typeof value !== "object" || value === null) return el("p", { dir: "auto", text: String(value) });
  return facts(Object.entries(value).map(([name, inner]) => [
    words(name),
    typeof inner === "object" && inner !== null ? JSON.stringify(inner, null, 1) : name === "at" || name.endsWith("_at") ? momentOf(inner) : inner,
  ]));
}
