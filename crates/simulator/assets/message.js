// One message in a thread: bubble, media, buttons, time and ticks. Text is text: nothing in it becomes markup or a link.

import { channelName, copyOf, el, icon, momentOf, readable, timeOf } from "./dom.js";
import { hasArrived, stage, stageIcon, statusText } from "./status.js";

/** Builds the element of a message; `on.tap(button)` and `on.select()` are called when the person does so. */
export function drawMessage(message, context, on) {
  const node = copyOf("message-template");
  const part = (name) => node.querySelector(`[data-${name}]`);
  node.classList.add(message.direction === "out" ? "out" : "in");
  node.dataset.id = message.id;

  const caption = message.by_carrier
    ? "Answered by the carrier"
    : context.newPeer && `${message.direction === "in" ? "From" : "To"} ${readable(context.newPeer)}`;
  part("peer").hidden = !caption;
  part("peer").textContent = caption || "";
  if (context.quoted) {
    part("quote").hidden = false;
    part("quote").textContent = context.quoted;
  }
  for (const item of message.media ?? []) part("media").append(drawMedia(item));
  if (message.location) part("media").append(drawPlace(message.location));
  if (message.contact) part("media").append(drawContact(String(message.contact)));
  for (const name of ["header", "footer"]) {
    const text = message.template?.[name];
    if (typeof text !== "string" || !text) continue;
    part(name).textContent = text;
    part(name).hidden = false;
  }
  part("body").textContent = message.body ?? "";
  part("body").hidden = !message.body;
  drawChoices(part("choices"), message, on);

  part("time").textContent = timeOf(message.at);
  part("time").dateTime = message.at ?? "";
  part("select").addEventListener("click", (event) => {
    event.stopPropagation();
    on.select();
  });
  node.querySelector(".bubble").addEventListener("click", () => {
    if (!String(getSelection())) on.select();
  });
  updateStatus(node, message);
  return node;
}

/** Brings the ticks and the look up to the message's status. */
export function updateStatus(node, message) {
  const now = stage(message.status);
  const text = statusText(message);
  node.dataset.stage = now;
  node.classList.toggle("not-here", !hasArrived(message));
  const ticks = node.querySelector("[data-ticks]");
  ticks.replaceChildren(icon(stageIcon(message.status)));
  const shown = node.querySelector("[data-status-text]");
  shown.textContent = message.channel === "whatsapp" && now !== "failed" ? "" : text;
  node
    .querySelector("[data-select]")
    .setAttribute("aria-label", `${timeOf(message.at)} ${text}. Why was this sent this way?`);
  node.querySelector("[data-select]").title = `${channelName(message.channel)} · ${text} · ${momentOf(message.at)}`;
}

/** Buttons one below the other; the rows of a list behind the button that opens it. */
function drawChoices(choices, message, on) {
  const rows = (message.buttons ?? []).filter((button) => button.kind === "list");
  for (const button of message.buttons ?? []) {
    if (button.kind !== "list") choices.append(drawButton(button, message, on));
  }
  if (rows.length === 0) return;
  const label = typeof message.template?.list_button === "string" ? message.template.list_button : "Choose";
  const list = el("details", { class: "list" }, el("summary", { class: "choice" }, icon("reply"), el("span", { dir: "auto", text: label })));
  for (const row of rows) list.append(drawButton(row, message, on));
  choices.append(list);
}

/** Shows which choice of a message was taken. Buttons answer once; a list may be opened again. */
export function markUsed(node, title) {
  const choices = [...node.querySelectorAll("[data-choices] button")];
  const taken = choices.find((choice) => choice.dataset.title === title);
  if (!taken) return;
  const list = taken.closest("details");
  for (const choice of choices) {
    choice.disabled = !list;
    choice.classList.remove("used");
  }
  taken.classList.add("used");
  taken.querySelector(".icon")?.replaceWith(icon("check"));
  taken.setAttribute("aria-label", `${title}, chosen`);
  if (list) list.open = true;
}

function drawButton(button, message, on) {
  const replies = !button.kind || button.kind === "reply" || button.kind === "list";
  const node = el("button", { class: "choice", type: "button", title: button.value ?? button.payload, "data-title": button.title });
  node.append(icon(replies ? "reply" : "external-link"), el("span", { dir: "auto", text: button.title }));
  if (button.description) node.append(el("small", { dir: "auto", text: button.description }));
  if (replies) node.addEventListener("click", () => on.tap(button, message));
  else node.addEventListener("click", () => on.open(button));
  return node;
}

function drawMedia({ url, content_type: type = "" }) {
  let address;
  try {
    address = new URL(url, location.href);
  } catch {
    return card("file", "Media", String(url));
  }
  const shown = { image: picture, audio: (from) => player("audio", from), video: (from) => player("video", from) };
  const kind = type.split("/")[0];
  const draw = shown[kind];
  if (!draw || !["http:", "https:"].includes(address.protocol)) return file(type, address);
  if (isOurs(address)) return draw(new URL(storedAt(address.pathname) + address.search, location.origin));
  const words = { image: "picture", audio: "sound", video: "film" };
  const ask = el("button", { class: "load-picture", type: "button" }, icon("image"), `Load ${words[kind]} from ${address.host}`);
  ask.addEventListener("click", (event) => {
    event.stopPropagation();
    ask.replaceWith(draw(address));
  });
  return ask;
}

/** A sound or film. Nothing is fetched before somebody plays it. */
function player(kind, address) {
  const node = el(kind, { class: "player", controls: true, preload: "none", src: address.href });
  node.addEventListener("error", () => node.replaceWith(card("file", kind === "audio" ? "Sound" : "Film", "It could not be loaded.")), { once: true });
  node.addEventListener("click", (event) => event.stopPropagation());
  return node;
}

/** A document: its name and type, to be opened apart. */
function file(type, address) {
  const name = decodeURIComponent(address.pathname.split("/").pop() || address.host);
  const endings = { "application/pdf": "PDF", "text/vcard": "Contact card" };
  return card("file", name, endings[type] ?? (type || "Document"));
}

/** The name and numbers of a vCard. */
function drawContact(vcard) {
  const values = (name) => [...vcard.matchAll(new RegExp(`^${name}[^:\\r\\n]*:(.*)$`, "gim"))].map(([, value]) => value.trim());
  return card("smartphone", values("FN")[0] ?? "Contact", values("TEL").join(", ") || "No number");
}

/** Whether it comes from this very server, by whichever of this machine's names. */
function isOurs(address) {
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
  return address.origin === location.origin || (address.port === location.port && local.test(address.hostname) && local.test(location.hostname));
}

/** Media of the REST API need its password, and a browser would ask the person for it: their storage does not. */
function storedAt(path) {
  const media = /\/Media\/(ME[0-9a-f]{32})$/.exec(path);
  return media ? `/sandbox/media/${media[1]}` : path;
}

function picture(address) {
  const image = el("img", { class: "picture", alt: "Picture in this message", referrerpolicy: "no-referrer", src: address.href });
  image.addEventListener("error", () => image.replaceWith(card("image", "Picture", "It could not be loaded.")), { once: true });
  return image;
}

function drawPlace(place) {
  const where = [place.latitude, place.longitude].filter((value) => value !== undefined).join(", ");
  const name = place.label || place.name || place.address || "Location";
  const address = place.address && place.address !== name ? `${place.address} · ${where}` : where;
  return card("map-pin", name, address);
}

function card(name, title, text) {
  return el("div", { class: "attachment" }, icon(name), el("span", {}, el("strong", { dir: "auto", text: title }), el("small", { dir: "auto", text })));
}
