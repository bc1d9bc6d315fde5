// The handset page: first state from the page itself, then live by server-sent events, asked anew after each break.

import { connect } from "./api.js";
import { orToast } from "./dom.js";
import { Phone } from "./phone.js";
import { hasArrived } from "./status.js";
import { MESSAGES_MAX } from "./thread.js";
import { Clock, showConnection, wireToolbar } from "./toolbar.js";
import { Why } from "./why.js";

/** How many phones stand side by side at most; a load test may make thousands. */
const PHONES_MAX = 24;
/** How long a new start waits for others to join it. */
const AGAIN_MS = 300;
/** How often the phones are looked through for windows that have closed. */
const WINDOWS_MS = 10_000;

const first = JSON.parse(document.getElementById("first-state").textContent);
const api = connect(first.api);
const clock = new Clock();
const why = new Why(api);
const phones = new Map();
let restarting = false;
const area = document.querySelector("[data-phones]");
/** Phones beyond those shown. */
const others = new Set();

/** Our sender with this number; before anybody wrote, the first one, which is whom a phone would write to. */
function senderOf(number) {
  return number ? first.senders?.find((sender) => sender.number === number) : first.senders?.[0];
}

const context = {
  api,
  now: () => clock.now,
  nameOf: (number) => first.contact || senderOf(number)?.name || "",
  select(phone, message) {
    for (const other of phones.values()) for (const thread of Object.values(other.threads)) thread.mark(message.id);
    why.open(message, document.activeElement);
    // The panel takes room from the phones.
    requestAnimationFrame(() => phone.node.scrollIntoView({ inline: "nearest", block: "nearest" }));
  },
};
why.onclose = () => {
  for (const phone of phones.values()) for (const thread of Object.values(phone.threads)) thread.mark(null);
};

function putPhone(facts) {
  let phone = phones.get(facts.number);
  if (phone) {
    phone.update(facts);
  } else if (phones.size < PHONES_MAX) {
    phone = new Phone(facts, context);
    phones.set(facts.number, phone);
    area.append(phone.node);
    clock.draw();
  } else {
    others.add(facts.number);
  }
  drawAmount();
  return phone;
}

function drawAmount(hidden = others.size) {
  document.querySelector("[data-no-phones]").hidden = phones.size > 0;
  const more = document.querySelector("[data-more-phones]");
  more.hidden = hidden === 0;
  more.textContent = `${hidden} more phone${hidden === 1 ? " is" : "s are"} not shown here.`;
}

function putMessage(number, message, live) {
  const phone = phones.get(number);
  if (!phone) return;
  phone.put(message, live);
  why.saw(message, message.updated_at ?? (live ? clock.now : message.at));
}

function apply(state) {
  if (state.clock) clock.set(state.clock);
  for (const facts of state.phones ?? []) putPhone(facts);
  for (const [number, messages] of Object.entries(state.messages ?? {})) {
    for (const message of messages) putMessage(number, message, false);
    openLatest(phones.get(number), messages.findLast(hasArrived) ?? messages.at(-1));
  }
  drawAmount(Math.max(0, (state.phone_count ?? 0) - phones.size));
}

/** A phone that is shown for the first time shows the app in which something happened last. */
function openLatest(phone, last) {
  if (!phone || phone.opened) return;
  phone.opened = true;
  if (last?.channel && phone.channel !== last.channel) phone.open(last.channel);
  else phone.open(phone.channel);
}

/** Asks for everything again: whatever was missed while there was no connection is here then. */
async function sync() {
  const [list, now] = await Promise.all([api.phones(), api.clock()]);
  const shown = list.slice(0, PHONES_MAX);
  const threads = await Promise.all(shown.map((phone) => api.messages(phone.number)));
  const messages = Object.fromEntries(shown.map((phone, index) => [phone.number, threads[index].slice(-MESSAGES_MAX)]));
  forgetWhatIsGone(list, messages);
  apply({ clock: now, phones: shown, messages, phone_count: list.length });
}

function forgetWhatIsGone(list, messages) {
  const numbers = new Set(list.map((facts) => facts.number));
  others.clear();
  for (const facts of list.slice(PHONES_MAX)) others.add(facts.number);
  for (const [number, phone] of phones) {
    if (!numbers.has(number)) {
      phone.node.remove();
      phones.delete(number);
      continue;
    }
    const ids = new Set((messages[number] ?? []).map((message) => message.id));
    for (const thread of Object.values(phone.threads)) thread.clearUnlessOneOf(ids);
  }
  const isShown = (id) => [...phones.values()].some((phone) => Object.values(phone.threads).some((thread) => thread.shown.has(id)));
  if (why.message && !isShown(why.message.id)) why.close();
}

/** After a reset, or when more happened than the sandbox remembers; under load that may be often. */
function startAgain() {
  if (restarting) return;
  restarting = true;
  setTimeout(() => {
    restarting = false;
    orToast(sync);
  }, AGAIN_MS);
}

function listen() {
  const events = api.events();
  const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  events.addEventListener("open", () => {
    showConnection("live");
    orToast(sync);
  });
  events.addEventListener("error", () => {
    showConnection("lost");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
  on("phone", (event) => {
    putPhone(event);
  });
  on("message", ({ phone, message }) => {
    if (!phones.has(phone)) putPhone({ number: phone });
    putMessage(phone, message, true);
  });
  on("status", ({ phone, id, ...change }) => {
    const threads = Object.values(phones.get(phone)?.threads ?? {});
    const known = threads.map((thread) => thread.shown.get(id)?.message).find(Boolean);
    if (known) putMessage(phone, { ...known, ...change, id, updated_at: undefined }, true);
  });
  on("clock", (answer) => {
    clock.set(answer);
    drawWindows();
  });
  on("reset", startAgain);
}

/** Windows close as time goes by, without an event. */
function drawWindows() {
  for (const phone of phones.values()) phone.drawBadges();
}

apply(first);
setInterval(drawWindows, WINDOWS_MS);
wireToolbar({
  api,
  clock,
  added: (facts) => {
    if (!facts?.number) return;
    putPhone(facts)?.node.scrollIntoView({ inline: "center", block: "nearest" });
  },
});
listen();
