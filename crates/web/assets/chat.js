// Keeps the chat up to date. Without it the page is read again, and the form is sent, as any form.

const chat = document.querySelector("[data-chat]");
const log = chat.querySelector("[data-log]");
const scroll = chat.querySelector("[data-scroll]");
const state = chat.querySelector("[data-state]");
const fault = chat.querySelector("[data-fault]");
const form = chat.querySelector("[data-write]");
const field = form.elements.text;
const token = form.elements.token.value;

// Written and not sent: it stays through a reload with its key, for this session only.
const KEPT = `chat ${token}`;

let newest = Number(chat.dataset.newest);
let isOver = false;

const isNearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
const toEnd = () => {
  scroll.scrollTop = scroll.scrollHeight;
};

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A message comes as it stands in the page, made there by the server from the same template.
function put({ id, seq, mark, html }) {
  if (!id) return;
  const old = document.getElementById(id);
  newest = Math.max(newest, seq);
  if (old?.dataset.mark === mark) return;
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const message = holder.content.firstElementChild;
  if (old) {
    // A tick that changes is no news to a screen reader, and nothing moves.
    old.replaceWith(message);
  } else {
    const follows = isNearEnd();
    message.classList.add("new");
    const next = [...log.children].find((one) => Number(one.dataset.seq) > seq);
    log.insertBefore(message, next ?? null);
    chat.querySelector("[data-empty]")?.remove();
    if (follows) toEnd();
  }
  tellSoon();
}

// What was shown and what was seen.
const told = new Map();
let telling;

function tellSoon() {
  clearTimeout(telling);
  telling = setTimeout(tell, 100);
}

async function tell() {
  if (isOver) return;
  const isSeen = document.visibilityState === "visible";
  const word = isSeen ? "seen" : "shown";
  const ids = [...log.querySelectorAll("[data-told]")]
    .filter((one) => one.dataset.stage !== "read" && told.get(one.id) !== "seen" && told.get(one.id) !== word)
    .map((one) => one.id)
    .slice(-100);
  if (ids.length === 0) return;
  for (const id of ids) told.set(id, word);
  try {
    const body = new URLSearchParams({ token, [word]: ids.join(" ") });
    const answer = await fetch("/me/chat/seen", { method: "POST", body, redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    // Told again with the next look.
    for (const id of ids) told.delete(id);
  }
}

document.addEventListener("visibilitychange", tellSoon);

// The line.
let line;
let lost;
let wait = 1000;

function end(words) {
  isOver = true;
  line?.close();
  clearTimeout(lost);
  const link = Object.assign(document.createElement("a"), { href: "/me", textContent: words });
  state.replaceChildren(link);
}

function connect() {
  if (isOver) return;
  line = new EventSource(`/me/chat/live?after=${newest}`);
  line.addEventListener("open", () => {
    wait = 1000;
    clearTimeout(lost);
    lost = undefined;
    state.textContent = "";
    chat.dataset.line = "open";
  });
  line.addEventListener("message", (event) => put(JSON.parse(event.data)));
  line.addEventListener("over", () => end(chat.dataset.over));
  line.addEventListener("reload", () => location.reload());
  line.addEventListener("error", () => {
    chat.dataset.line = "closed";
    // A short gap is no news.
    lost ??= setTimeout(() => {
      state.textContent = chat.dataset.lost;
    }, 2000);
    if (line.readyState === EventSource.CLOSED) {
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 60_000);
    }
  });
}

// Sending. What could not be sent stays in the field, under the same key.
async function send(body) {
  fault.textContent = "";
  try {
    const answer = await fetch("/me/chat", { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.status === 401) {
      end(chat.dataset.over);
      return false;
    }
    const words = await answer.json();
    if (!answer.ok) {
      fault.textContent = words.fault ?? chat.dataset.unsent;
      return false;
    }
    put(words);
    toEnd();
    return true;
  } catch {
    fault.textContent = chat.dataset.unsent;
    return false;
  }
}

let isSending = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isSending || field.value.trim() === "") return;
  isSending = true;
  const sent = field.value;
  if (await send(new URLSearchParams(new FormData(form)))) {
    form.elements.key.value = freshKey();
    // Somebody may have gone on writing meanwhile.
    field.value = field.value.startsWith(sent) ? field.value.slice(sent.length).trimStart() : field.value;
    keep();
  }
  isSending = false;
  field.focus();
});

chat.addEventListener("submit", async (event) => {
  const taps = event.target.closest("[data-taps], [data-restart]");
  if (!taps) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(taps, event.submitter));
  if ((await send(body)) && taps.matches("[data-restart]")) taps.remove();
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

function keep() {
  try {
    if (field.value === "") sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify([form.elements.key.value, field.value]));
  } catch {
    // Nothing can be kept here; it still stands in the field.
  }
}

field.addEventListener("input", keep);
try {
  const [key, text] = JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  if (text && field.value === "") {
    // Under its key: had it arrived after all, it is not said twice.
    form.elements.key.value = key;
    field.value = text;
  }
} catch {
  // As above.
}
toEnd();
connect();
tellSoon();
