// The form for digests offers the browser's time zone by a button, if the list has it and another one is chosen.

export function start(form) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const list = form.elements.time_zone;
  if (list.value === timeZone || ![...list.options].some(({ value }) => value === timeZone)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet-button";
  button.textContent = form.dataset.offer.replace("{zone}", timeZone.replaceAll("_", " "));
  button.addEventListener("click", () => {
    list.value = timeZone;
    button.remove();
    list.focus();
  });
  list.after(button);
}
