// Closes notices. The page loads it right after them, so that those which a guest has closed are never painted.
(() => {
  const most = 50;
  const closed = () => {
    try {
      return (localStorage.getItem("notices") ?? "").split(" ").filter(Boolean);
    } catch {
      return []; // storage is blocked: the notice is there again on the next page
    }
  };
  const remember = (key) => {
    try {
      localStorage.setItem("notices", [...closed().filter((other) => other !== key), key].slice(-most).join(" "));
    } catch {
      // as above
    }
  };

  function remove(notice) {
    const section = notice.closest(".notices");
    notice.remove();
    if (!section.querySelector(".site-notice")) section.remove();
  }

  /** Removes a notice that had the focus: the next one that can be closed gets it, or the page's main part. */
  function close(notice) {
    remove(notice);
    (document.querySelector(".notices .icon-button") ?? document.getElementById("main")).focus();
  }

  async function dismiss(form, notice) {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") close(notice);
    else form.submit(); // shows what is wrong
  }

  for (const notice of document.querySelectorAll("[data-notice]")) {
    const form = notice.querySelector("form");
    const key = notice.dataset.notice;
    if (form) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        dismiss(form, notice);
      });
    } else if (closed().includes(key)) remove(notice);
    else {
      notice.querySelector(".icon-button").addEventListener("click", () => {
        remember(key);
        close(notice);
      });
    }
  }
})();
