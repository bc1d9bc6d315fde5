// One phone: its label and options, two threads, a composer, and a banner for what arrives in the other app.

import { channelName, copyOf, el, leftOf, momentOf, orToast, readable, toast } from "./dom.js";
import { hasArrived } from "./status.js";
import { Thread } from "./thread.js";

/** The apps of a phone, in the order of their tabs. */
const APPS = ["sms", "whatsapp", "email"];
const BANNER_MS = 6000;
/** What Twilio takes as MMS. */
const PICTURE_BYTES_MAX = 5 * 1024 * 1024;
let count = 0;

export class Phone {
  constructor(facts, context) {
    this.context = context;
    this.facts = facts;
    this.node = copyOf("phone-template");
    this.channel = null;
    const id = `phone-${(count += 1)}`;
    this.node.querySelector("[data-name]").id = `${id}-name`;
    this.node.setAttribute("aria-labelledby", `${id}-name`);
    const on = {
      select: (message) => context.select(this, message),
      tap: (button, message) => {
        const tapped = { title: button.title, payload: button.payload, message_id: message.id };
        return this.say({ [button.kind === "list" ? "list_row" : "button"]: tapped, to: message.from });
      },
      unsubscribe: (letter) => orToast(() => context.api.unsubscribe(letter.id).then(() => toast("The sender was told to stop.", "ok"))),
      open: (button) => toast(`${button.title}: ${button.value ?? "opens nothing here"}`),
      scrolled: () => this.drawUnread(),
    };
    this.threads = {};
    for (const node of this.node.querySelectorAll("[data-thread]")) {
      const channel = node.dataset.thread;
      this.threads[channel] = new Thread(node, on);
      const tab = this.part(`[data-tab="${channel}"]`);
      tab.id = `${id}-${channel}-tab`;
      node.id = `${id}-${channel}`;
      tab.setAttribute("aria-controls", node.id);
      node.setAttribute("aria-labelledby", `${id}-name ${tab.id}`);
      node.querySelector(".thread-log").setAttribute("aria-labelledby", `${id}-name ${tab.id}`);
      tab.addEventListener("click", () => this.open(channel));
    }
    this.wireTabs();
    this.wireComposer();
    this.wireMenu();
    this.part("[data-to-bottom]").addEventListener("click", () => this.threads[this.channel].toEnd());
    this.part("[data-banner]").addEventListener("click", () => this.open(this.part("[data-banner]").dataset.channel));
    this.update(facts);
    this.open(facts.whatsapp ? "whatsapp" : "sms");
  }

  part(selector) {
    return this.node.querySelector(selector);
  }

  /** What is known about the phone itself has changed. */
  update(facts) {
    this.facts = { ...this.facts, ...facts };
    const { number, name, country, online, blocked = {} } = this.facts;
    this.part("[data-name]").textContent = name || readable(number);
    this.part("[data-number]").textContent = [name ? readable(number) : null, country].filter(Boolean).join(" · ");
    this.part("[data-menu-button]").setAttribute("aria-label", `Options of ${name || readable(number)}`);
    this.part("[data-text]").setAttribute("aria-label", `Write as ${name || readable(number)}`);
    this.part(".channel-tabs").setAttribute("aria-label", `Apps of ${name || readable(number)}`);
    this.node.classList.toggle("offline", online === false);
    this.drawBadges();
    const hasWhatsapp = this.facts.whatsapp !== false;
    this.part('[data-tab="whatsapp"]').hidden = !hasWhatsapp && this.threads.whatsapp.shown.size === 0;
    this.part('[data-tab="email"]').hidden = !this.facts.email && this.threads.email.shown.size === 0;
    this.part('[data-block="whatsapp"]').hidden = !hasWhatsapp;
    this.setSwitch('[data-set="online"]', online !== false);
    this.setSwitch('[data-set="read_receipts"]', this.facts.read_receipts !== false);
    this.setSwitch('[data-block="sms"]', Boolean(blocked.sms));
    this.setSwitch('[data-block="whatsapp"]', Boolean(blocked.whatsapp));
  }

  /** What is out of the ordinary, as of now. */
  drawBadges() {
    const { online, blocked = {}, stopped = [], windows = [], free_entries: entries = [], landline } = this.facts;
    const open = windows.find((window) => Date.parse(window.until) > Date.parse(this.context.now()));
    const free = entries.find((entry) => Date.parse(entry.until) > Date.parse(this.context.now()));
    const badges = [
      online === false && ["warn", "Offline"],
      landline && ["warn", "Landline"],
      blocked.sms && blocked.whatsapp && ["bad", "Blocks us"],
      blocked.sms && !blocked.whatsapp && ["bad", "Blocks SMS"],
      !blocked.sms && blocked.whatsapp && ["bad", "Blocks WhatsApp"],
      stopped.length > 0 && ["bad", "Said STOP"],
      open && ["ok", `Window ${leftOf(open.until, this.context.now())}`, `WhatsApp's 24-hour window is open until ${momentOf(open.until)}`],
      free && ["ok", `${free.answered ? "Free" : "From an ad"} ${leftOf(free.until, this.context.now())}`, free.answered
        ? `They came by an advertisement: WhatsApp charges nothing until ${momentOf(free.until)}`
        : `They came by an advertisement: an answer before ${momentOf(free.until)} makes what follows free`],
    ];
    this.part("[data-badges]").replaceChildren(
      ...badges.filter(Boolean).map(([tone, text, title]) => el("span", { class: `badge ${tone}`, text, title })),
    );
  }

  setSwitch(selector, on) {
    this.part(selector).setAttribute("aria-pressed", String(on));
    this.part(`${selector} .state`).textContent = on ? "on" : "off";
  }

  /** Shows one of the two apps. */
  open(channel) {
    this.channel = channel;
    this.part("[data-screen]").dataset.screen = channel;
    for (const [name, thread] of Object.entries(this.threads)) {
      const tab = this.part(`[data-tab="${name}"]`);
      tab.setAttribute("aria-selected", String(name === channel));
      tab.tabIndex = name === channel ? 0 : -1;
      thread.node.hidden = name !== channel;
    }
    this.threads[channel].unread = 0;
    this.threads[channel].following = true;
    this.threads[channel].toEnd();
    this.part("[data-composer]").hidden = channel === "email";
    this.part("[data-text]").placeholder = channel === "whatsapp" ? "Message" : "Text message";
    this.part("[data-banner]").hidden = true;
    this.drawContact();
    this.drawUnread();
  }

  /** A message, new or changed. `live` when it has just happened. */
  put(message, live) {
    const thread = this.threads[message.channel] ?? this.threads.sms;
    const isNew = thread.put(message);
    // What is still on its way has not been seen to come.
    const comes = message.direction === "in" && hasArrived(message) && thread.comes(message.id);
    if (isNew && message.channel !== "sms") this.part(`[data-tab="${message.channel}"]`).hidden = false;
    if (isNew && live && this.threads[this.channel].shown.size === 0) this.open(message.channel);
    if (comes && live) {
      const seen = this.channel === message.channel && thread.following;
      if (!seen) thread.unread += 1;
      if (this.channel !== message.channel) this.notify(message);
    }
    this.drawContact();
    this.drawUnread();
    return isNew;
  }

  notify(message) {
    const banner = this.part("[data-banner]");
    banner.dataset.channel = message.channel;
    this.part("[data-banner-app]").textContent = channelName(message.channel);
    this.part("[data-banner-text]").textContent = message.subject || message.body || "New message";
    banner.hidden = false;
    clearTimeout(this.bannerTimer);
    this.bannerTimer = setTimeout(() => (banner.hidden = true), BANNER_MS);
  }

  drawContact() {
    if (this.channel === "email") {
      this.part("[data-contact]").textContent = "Inbox";
      this.part("[data-contact-line]").textContent = this.facts.email ?? "";
      return;
    }
    const peer = this.threads[this.channel]?.peer;
    const name = this.context.nameOf(peer);
    this.part("[data-contact]").textContent = name || readable(peer) || "New conversation";
    const line = name && peer ? readable(peer) : channelName(this.channel);
    this.part("[data-contact-line]").textContent = line;
  }

  drawUnread() {
    const open = this.threads[this.channel];
    if (!open) return;
    if (open.following) open.unread = 0;
    this.part("[data-to-bottom]").hidden = open.unread === 0;
    for (const [name, thread] of Object.entries(this.threads)) {
      const badge = this.part(`[data-tab="${name}"] [data-unread]`);
      badge.hidden = thread.unread === 0 || name === this.channel;
      badge.textContent = thread.unread > 9 ? "9+" : String(thread.unread);
      badge.setAttribute("aria-label", `${thread.unread} unread`);
    }
  }

  say(what) {
    const { to, ...rest } = what;
    const peer = to ?? this.threads[this.channel].peer ?? undefined;
    return orToast(() => this.context.api.say(this.facts.number, { channel: this.channel, to: peer, ...rest }).then(() => true));
  }

  wireTabs() {
    this.part(".channel-tabs").addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const shown = APPS.filter((app) => !this.part(`[data-tab="${app}"]`).hidden);
      const step = event.key === "ArrowRight" ? 1 : shown.length - 1;
      const other = this.part(`[data-tab="${shown[(shown.indexOf(this.channel) + step) % shown.length]}"]`);
      event.preventDefault();
      this.open(other.dataset.tab);
      other.focus();
    });
  }

  wireComposer() {
    const form = this.part("[data-composer]");
    const text = this.part("[data-text]");
    const fit = () => {
      text.rows = Math.min(5, Math.max(1, text.value.split("\n").length, Math.ceil(text.value.length / 30)));
    };
    text.addEventListener("input", fit);
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = text.value.trim();
      if (!said) return;
      text.value = "";
      fit();
      if (!(await this.say({ text: said }))) text.value = text.value || said;
      fit();
    });
    this.part("[data-from-ad]").addEventListener("click", async () => {
      this.open("whatsapp");
      const said = text.value.trim() || "Hello! I saw your advertisement.";
      if (await this.say({ text: said, from_ad: true })) text.value = "";
      fit();
    });
    const file = this.part("[data-file]");
    this.part("[data-attach]").addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      const [chosen] = file.files;
      if (chosen) orToast(() => this.sendPicture(chosen, text));
      file.value = "";
    });
  }

  /** Sends a picture, with what is written as its caption. */
  async sendPicture(chosen, text) {
    if (chosen.size > PICTURE_BYTES_MAX) throw new Error("A picture may have 5 MB at most.");
    const url = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => resolve(reader.result));
      reader.addEventListener("error", () => reject(new Error("The picture could not be read.")));
      reader.readAsDataURL(chosen);
    });
    const caption = text.value.trim() || undefined;
    if (await this.say({ media_url: url, text: caption })) text.value = "";
  }

  wireMenu() {
    const button = this.part("[data-menu-button]");
    const menu = this.part("[data-menu]");
    const show = (open) => {
      menu.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(menu.hidden));
    document.addEventListener("click", (event) => {
      if (!menu.hidden && !event.composedPath().includes(button.parentElement)) show(false);
    });
    button.parentElement.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || menu.hidden) return;
      show(false);
      button.focus();
    });
    const { number } = this.facts;
    for (const item of menu.querySelectorAll("[data-set]")) {
      item.addEventListener("click", () => {
        const on = item.getAttribute("aria-pressed") !== "true";
        orToast(async () => this.absorb(await this.context.api.change(number, { [item.dataset.set]: on })));
      });
    }
    for (const item of menu.querySelectorAll("[data-block]")) {
      item.addEventListener("click", () => {
        const on = item.getAttribute("aria-pressed") !== "true";
        orToast(async () => this.absorb(await this.context.api.block(number, item.dataset.block, on)));
      });
    }
  }

  absorb(answer) {
    if (answer?.number) this.update(answer);
  }
}
