// What scripts make quicker in the console: live pages, keys, and the reason of a message in place. Without them every
// page works all the same.

const now = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

// Instants where the reader is.
function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-when]")) time.textContent = now.format(new Date(time.dateTime));
  for (const time of root.querySelectorAll("time[data-day]")) time.textContent = day.format(new Date(time.dateTime));
}
tellTimes(document);

document.querySelector("[data-focus]")?.focus();

// A conversation shows its newest words, and goes on showing them while nobody scrolls up.
const scroller = document.querySelector("[data-bottom]");
const isAtBottom = () => scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
if (scroller && !location.hash) scroller.scrollTop = scroller.scrollHeight;

// Words that were not sent survive a reload.
const words = document.querySelector("[data-say] textarea");
if (words) {
  const place = `gymtext-draft ${location.pathname}`;
  try {
    if (!words.value) words.value = sessionStorage.getItem(place) ?? "";
    words.addEventListener("input", () => sessionStorage.setItem(place, words.value));
    words.form.addEventListener("submit", () => sessionStorage.removeItem(place));
  } catch {
    // Refused storage: the words live as long as the page.
  }
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) words.form.requestSubmit();
  });
}

// Live: when something changed, the page asks for itself and exchanges what differs. What somebody is writing in stays.
let asking = false;
let again = false;
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.redirected) {
      location.reload();
      return;
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    tellTimes(page);
    for (const region of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(region.id);
      const writing = region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
      if (!fresh || writing || fresh.innerHTML === region.innerHTML) continue;
      const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
      const bottom = isAtBottom();
      const open = [...region.querySelectorAll("details")].map((one) => one.open);
      region.replaceChildren(...fresh.childNodes);
      [...region.querySelectorAll("details")].forEach((one, at) => (one.open = open[at] ?? false));
      if (focused) document.getElementById(focused)?.focus();
      if (bottom && scroller.contains(region)) scroller.scrollTop = scroller.scrollHeight;
    }
  } catch {
    // Offline: the next change asks again.
  } finally {
    asking = false;
    if (again) {
      again = false;
      setTimeout(refresh, 300);
    }
  }
}
if (document.querySelector("[data-live]")) {
  const bell = new EventSource("/admin/live");
  let lost = false;
  bell.addEventListener("changed", () => {
    if (!document.hidden) refresh();
  });
  bell.addEventListener("open", () => {
    if (lost) refresh();
    lost = false;
  });
  bell.addEventListener("error", () => (lost = true));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  // Ages grow by themselves.
  setInterval(() => {
    if (!document.hidden) refresh();
  }, 60000);
}

// The reason of a message, and how one would go, without leaving the conversation.
const dialog = document.querySelector("[data-dialog]");
async function tell(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const content = page.querySelector("[data-why-content]");
  if (!content) throw new Error("no content");
  tellTimes(content);
  for (const form of content.querySelectorAll("form[data-page-only]")) form.remove();
  const close = document.createElement("form");
  close.method = "dialog";
  close.className = "dialog-actions";
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = "Close";
  button.autofocus = true;
  close.append(button);
  dialog.querySelector("[data-dialog-body]").replaceChildren(content, close);
  dialog.showModal();
  dialog.scrollTop = 0;
}
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-why]") : null;
  if (!dialog || !link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await tell(await fetch(link.href));
  } catch {
    location.href = link.href;
  }
});
document.querySelector("[data-plan]")?.addEventListener("click", async (event) => {
  const form = event.target.closest("form");
  if (!dialog || !form.reportValidity()) return;
  event.preventDefault();
  try {
    await tell(await fetch(event.target.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)) }));
  } catch {
    form.requestSubmit(event.target);
  }
});

// Keys: j and k in the list, Enter opens, / finds, r answers, t takes over, b hands back.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
  const target = event.target;
  if (target instanceof Element && target.matches("input, textarea, select")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const links = [...document.querySelectorAll("[data-list] a")];
  const at = links.indexOf(document.activeElement);
  const current = at >= 0 ? at : links.findIndex((link) => link.hasAttribute("aria-current"));
  if (event.key === "j" && links.length) links[Math.min(current + 1, links.length - 1)].focus();
  else if (event.key === "k" && links.length) links[Math.max(current - 1, 0)].focus();
  else if (event.key === "/" && document.querySelector("[data-find]")) document.querySelector("[data-find]").focus();
  else {
    const meant = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!meant || meant.disabled) return;
    if (meant.matches("textarea")) meant.focus();
    else meant.click();
  }
  event.preventDefault();
});

// A programme that is being written: what speaks against it and the day that is looked at follow the words, and only what
// differs is exchanged.
const editor = document.querySelector("form[data-editor]");
if (editor) {
  let last = 0;
  let timer;
  async function look() {
    const mine = ++last;
    const typed = new URLSearchParams(new FormData(editor));
    typed.set("act", "look");
    typed.delete("add");
    for (const name of [...typed.keys()]) if (name.startsWith("drop.")) typed.delete(name);
    try {
      const answer = await fetch(editor.action, { method: "POST", body: typed });
      if (!answer.ok || answer.redirected || mine !== last) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of document.querySelectorAll("[data-look]")) {
        const fresh = page.getElementById(region.id);
        if (region.contains(document.activeElement)) continue;
        if (fresh && fresh.innerHTML !== region.innerHTML) region.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // Offline: the next letter asks again.
    }
  }
  editor.addEventListener("input", (event) => {
    if (event.target.name === "add" || event.target.name.startsWith("drop.")) return;
    clearTimeout(timer);
    timer = setTimeout(look, 350);
  });
  // Enter in the fields of the day looks; it does not save.
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#week, #day")) return;
    event.preventDefault();
    look();
  });
  // The line of a finding is shown in its text.
  editor.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-line]") : null;
    const text = link && document.getElementById(link.hash.slice(1));
    if (!text) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const at = Number(link.dataset.line) - 1;
    const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[at] ?? "").length);
    text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, at - 3);
  });
  // Nobody leaves words behind by mistake.
  let isDirty = false;
  editor.addEventListener("input", (event) => (isDirty ||= event.target.matches("textarea")));
  editor.addEventListener("submit", () => (isDirty = false));
  addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
}
