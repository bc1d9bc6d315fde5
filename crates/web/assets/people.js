// What scripts make nicer on the pages for people; without them everything works all the same.

const form = document.querySelector("[data-join]");

// What went wrong, or the one thing to fill in, is where the reader is.
document.querySelector("[data-focus]")?.focus();

// Countries are called as in the language of the page.
const list = document.querySelector("[data-countries]");
if (list && typeof Intl.DisplayNames === "function") {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  for (const option of list.options) {
    const calling = option.textContent.match(/\+\d+$/)?.[0] ?? "";
    try {
      option.textContent = `${names.of(option.value)} ${calling}`.trim();
    } catch {
      // Not a region: it stays as it is called.
    }
  }
}

function after(milliseconds, act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
}

if (form) {
  const zone = form.querySelector("[data-zone]");
  const hour = form.querySelector("[data-hour]");
  const next = form.querySelector("[data-next]");
  const country = form.querySelector("[data-countries]");
  const phone = form.querySelector("[data-phone]");
  const live = form.querySelector("[data-phone-live]");

  if (zone.hasAttribute("data-guess")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((option) => option.value === here)) zone.value = here;
    const region = (navigator.language.split("-")[1] ?? "").toUpperCase();
    if ([...country.options].some((option) => option.value === region)) country.value = region;
  }

  let asked = 0;
  async function preview() {
    if (!next) return;
    const mine = ++asked;
    const query = new URLSearchParams({ time_zone: zone.value, hour: hour.value, lang: document.documentElement.lang });
    try {
      const answer = await (await fetch(`/join/preview?${query}`)).json();
      if (mine === asked && answer.next) next.textContent = answer.next;
    } catch {
      // Offline: what stands there was right when the page came.
    }
  }

  let looked = 0;
  async function look() {
    const mine = ++looked;
    const digits = phone.value.replace(/\D/g, "").length;
    if (digits < 6) {
      live.textContent = "";
      return;
    }
    try {
      const body = new URLSearchParams({ country: country.value, phone: phone.value, language: form.language.value });
      const answer = await (await fetch("/join/phone", { method: "POST", body })).json();
      if (mine !== looked) return;
      live.textContent = answer.message;
      live.className = `people-live ${answer.valid ? "ok" : "bad"}`;
      if (answer.valid) {
        phone.removeAttribute("aria-invalid");
        document.querySelector("#phone-fault")?.remove();
      }
    } catch {
      live.textContent = "";
    }
  }

  zone.addEventListener("change", preview);
  hour.addEventListener("change", preview);
  preview();
  const lookSoon = after(400, look);
  phone.addEventListener("input", lookSoon);
  country.addEventListener("change", look);
  form.language.addEventListener("change", () => {
    // Another language is another page; what is filled in comes along.
    const back = Object.assign(document.createElement("input"), { type: "hidden", name: "step", value: "back" });
    form.append(back);
    form.submit();
  });
}
