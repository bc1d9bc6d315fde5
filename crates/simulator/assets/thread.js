// One thread of a phone: messages in order, days between them, and scrolling that follows only a reader at the end.

import { dayOf, el } from "./dom.js";
import { drawLetter } from "./letter.js";
import { drawMessage, markUsed, updateStatus } from "./message.js";

/** How many messages a thread keeps on the page. */
export const MESSAGES_MAX = 200;
/** How near to the end (in pixels) a reader counts as following. */
const END_PX = 80;

export class Thread {
  constructor(node, on) {
    this.node = node;
    this.log = node.querySelector(".thread-log");
    this.on = on;
    this.shown = new Map();
    this.arrived = new Set();
    this.peer = null;
    this.day = null;
    this.unread = 0;
    this.following = true;
    node.addEventListener("scroll", () => {
      this.following = this.isAtEnd;
      this.on.scrolled(this);
    }, { passive: true });
    // Pictures arrive late and the composer grows: a reader at the end stays there.
    const resized = new ResizeObserver(() => this.following && this.toEnd());
    resized.observe(node);
    resized.observe(this.log);
  }

  get isAtEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < END_PX;
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  /** Shows a message, or what has changed about it. Tells whether it is new here. */
  put(message) {
    const known = this.shown.get(message.id);
    if (known) {
      known.message = { ...known.message, ...message };
      if (message.channel !== "email") updateStatus(known.node, known.message);
      return false;
    }
    const follows = this.following || message.direction === "out";
    const day = dayOf(message.at);
    if (day && day !== this.day) this.log.append(el("p", { class: "day" }, el("span", { text: day })));
    this.day = day || this.day;
    const peer = message.direction === "in" ? message.from : message.to;
    const newPeer = this.peer && peer && peer !== this.peer ? peer : null;
    this.peer = peer || this.peer;
    const quoted = this.shown.get(message.quotes)?.message.body;
    const on = { ...this.on, select: () => this.on.select(this.shown.get(message.id)?.message ?? message) };
    const node = message.channel === "email" ? drawLetter(message, on) : drawMessage(message, { newPeer, quoted }, on);
    this.log.append(node);
    this.shown.set(message.id, { message, node });
    const answered = message.direction === "out" && this.shown.get(message.quotes);
    if (answered) markUsed(answered.node, message.body);
    this.forgetOldest();
    if (follows) this.toEnd();
    return true;
  }

  /** Notes that a message has come to the phone. Tells whether that is news. */
  comes(id) {
    if (this.arrived.has(id)) return false;
    this.arrived.add(id);
    return true;
  }

  forgetOldest() {
    if (this.shown.size <= MESSAGES_MAX) return;
    const [id, { node }] = this.shown.entries().next().value;
    this.shown.delete(id);
    this.arrived.delete(id);
    while (this.log.firstElementChild && this.log.firstElementChild !== node) this.log.firstElementChild.remove();
    node.replaceWith(el("p", { class: "day" }, el("span", { text: "Earlier messages are not shown" })));
  }

  /** Empties the thread when none of these messages is here: then it belongs to the time before a reset or a gap. */
  clearUnlessOneOf(ids) {
    if (this.shown.size > 0 && ![...this.shown.keys()].some((id) => ids.has(id))) this.clear();
  }

  mark(id) {
    for (const [own, { node }] of this.shown) {
      node.classList.toggle("selected", own === id);
      node.querySelector("[data-select]").setAttribute("aria-pressed", String(own === id));
    }
  }

  clear() {
    this.following = true;
    this.shown.clear();
    this.arrived.clear();
    this.log.replaceChildren();
    this.peer = null;
    this.day = null;
    this.unread = 0;
  }
}
