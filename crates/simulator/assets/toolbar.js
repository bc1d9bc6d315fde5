// What stands above the phones: the sandbox's clock, actions of the product, new phones, reset, the connection.

import { dayOf, orToast, timeOf, toast } from "./dom.js";

const TICK_MS = 1000;

// A product looks about once a second at what is due, and catches up with what is a few hours late at most: a day
// that went by at once would have no workout.
const STEP_SECONDS = 3.5 * 3600;
const STEP_REST_MS = 1300;

/** The sandbox's clock, run on here between two events. */
export class Clock {
  constructor() {
    this.offset = 0;
    setInterval(() => this.draw(), TICK_MS);
  }

  set(answer) {
    const now = Date.parse(answer?.now ?? answer?.at ?? answer?.time ?? "");
    if (Number.isNaN(now)) return;
    this.offset = now - Date.now();
    this.draw();
  }

  get now() {
    return new Date(Date.now() + this.offset).toISOString();
  }

  draw() {
    write("[data-clock-time]", timeOf(this.now));
    write("[data-clock-date]", dayOf(this.now));
    write("[data-phone-clock]", timeOf(this.now));
  }
}

/** Lets time go by, in steps that whatever is due can follow. */
async function passes(seconds, api, clock) {
  let left = seconds;
  while (left > 0) {
    const step = Math.min(left, STEP_SECONDS);
    clock.set(await api.advance(step));
    left -= step;
    if (left > 0) await new Promise((rested) => setTimeout(rested, STEP_REST_MS));
  }
}

function write(selector, text) {
  for (const node of document.querySelectorAll(selector)) if (node.textContent !== text) node.textContent = text;
}

export function showConnection(state) {
  const names = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };
  const node = document.querySelector("[data-connection]");
  if (node.dataset.connection === state) return;
  node.dataset.connection = state;
  node.querySelector("[data-connection-text]").textContent = names[state];
}

export function wireToolbar({ api, clock, added }) {
  const busy = async (button, work) => {
    button.disabled = true;
    await orToast(work);
    button.disabled = false;
  };
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => busy(button, () => passes(Number(button.dataset.advance), api, clock)));
  }
  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => busy(button, async () => {
      const answer = await api.act(button.dataset.action);
      toast(answer?.message ?? `${button.textContent.trim()}: done`, "ok");
    }));
  }
  for (const button of document.querySelectorAll("[data-open-dialog]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.openDialog).showModal());
  }
  for (const button of document.querySelectorAll("[data-close-dialog]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  const form = document.querySelector("[data-add-phone]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const typed = String(fields.get("number")).replaceAll(/[^0-9]/g, "");
    const error = form.querySelector("[data-error]");
    error.textContent = "";
    try {
      const phone = await api.addPhone({
        number: `+${typed}`,
        name: fields.get("name") || undefined,
        email: fields.get("email") || undefined,
        country: fields.get("country") || undefined,
        whatsapp: fields.has("whatsapp"),
        sms: true,
      });
      form.reset();
      form.closest("dialog").close();
      added(phone);
    } catch (failure) {
      error.textContent = failure.message;
    }
  });
  document.querySelector("[data-reset]").addEventListener("submit", () => orToast(() => api.reset()));
}
