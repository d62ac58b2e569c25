// Lists of threads while they are open.

/** Says how many threads are new; the link loads the page again. */
export function listPage(part) {
  const link = Object.assign(document.createElement("a"), { className: "quiet-button", href: location.pathname + location.search });
  part.append(link);
  return {
    threads: ({ count, text }) => {
      link.textContent = text;
      part.hidden = !count;
    },
  };
}
