// Small tools for elements, words and times. Foreign text only ever enters through textContent.

/** An element with properties and children; strings become text. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A fresh copy of a template of the page. */
export function copyOf(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export const icon = (name) => copyOf(`icon-${name}`);

export function toast(text, tone = "") {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));
}

/** Runs something that may fail, and tells the person when it did. */
export async function orToast(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message, "bad");
    return undefined;
  }
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const shortDay = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const timeOf = (at) => (at ? clockTime.format(new Date(at)) : "");
export const dayOf = (at) => (at ? shortDay.format(new Date(at)) : "");
export const momentOf = (at) => (at ? exact.format(new Date(at)) : "");

/** Groups the digits of numbers of the North American plan; leaves all others as they are. */
export function readable(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : (number ?? "");
}

/** How long until an instant, as short as can be. */
export function leftOf(until, now) {
  const minutes = Math.max(0, Math.ceil((Date.parse(until) - Date.parse(now)) / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

const CHANNELS = { whatsapp: "WhatsApp", sms: "SMS", email: "E-mail" };
export const channelName = (channel) => CHANNELS[channel] ?? channel;

/** "opted_out" → "Opted out". */
export function words(name) {
  const plain = String(name).replaceAll(/[_-]+/g, " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
