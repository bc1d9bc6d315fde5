// The panel beside the phones: why a message was sent this way, and what the carrier knows about it.

import { channelName, el, icon, momentOf, readable } from "./dom.js";
import { drawReasons, facts } from "./reasons.js";
import { stageIcon, stageTone, statusText } from "./status.js";

const REFRESH_MS = 200;
/** Of how many messages the steps are remembered. */
const HISTORIES_MAX = 5000;
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
    if (this.history.size > HISTORIES_MAX) this.history.delete(this.history.keys().next().value);
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
      el("h3", { text: message.channel === "email" ? "At the mail server" : "At the carrier" }),
      facts([
        ["Status", message.channel === "email" ? "In the mailbox" : statusText(message)],
        ["Subject", message.subject],
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
