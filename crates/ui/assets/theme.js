// Before the first paint: the theme that was chosen here, if one was. Otherwise the system's decides, in CSS.
(() => {
  try {
    const chosen = localStorage.getItem("gymtext-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be refused; then the choice lasts until the page is left.
  }
})();
