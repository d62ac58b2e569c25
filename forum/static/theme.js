// Sets the chosen theme before the first paint, and marks the page as scripted.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // storage may be blocked: then the system's setting applies
  }
})();
