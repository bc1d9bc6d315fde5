// What every page does: the theme toggle, toasts, copy buttons. Pages ask for a toast with
// document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } })), tone "ok", "bad" or none.

const root = document.documentElement;
const darkBySystem = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : darkBySystem.matches;
}

function announceTheme() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-pressed", String(isDark()));
    button.setAttribute("aria-label", "Dark theme");
  }
}

function toast({ text, tone = "" }) {
  const area = document.querySelector("[data-toasts]");
  if (!area) return;
  const item = document.createElement("div");
  item.className = `toast ${tone}`;
  item.textContent = text;
  area.append(item);
  while (area.childElementCount > 4) area.firstElementChild.remove();
  // Long enough to be read: some 60 ms a letter beside a moment to notice it.
  setTimeout(() => item.remove(), Math.max(tone === "bad" ? 9000 : 4500, 1500 + text.length * 60));
}

document.addEventListener("toast", (event) => toast(event.detail));

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-theme-toggle]")) {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("gymtext-theme", root.dataset.theme);
    } catch {
      // Refused storage: the choice still holds for this page.
    }
    announceTheme();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      toast({ text: "Copied" });
    } catch {
      toast({ text: "The browser did not allow copying", tone: "bad" });
    }
  }
});

darkBySystem.addEventListener("change", announceTheme);
announceTheme();
