// The page of the forum's appearance: shows at once what is being entered, and whether it can be read.

export function start(form, { fetchJson, debounce }) {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const names = ["accent", "accent_dark", "font", "corner_radius", "page_width"];
  for (const name of ["accent", "accent_dark"]) addPicker(form.elements[name]);
  form.querySelector('[formaction$="/preview"]').hidden = true;

  const check = debounce(150, async () => {
    const values = new URLSearchParams(names.map((name) => [name, form.elements[name].value]));
    const { css, faults } = await fetchJson(`/admin/appearance/check?${values}`);
    sheet.replaceSync(css);
    for (const name of names) tell(form.elements[name], faults[name]);
  });
  form.addEventListener("input", check);
}

/** Shows a fault below its field, or removes it. */
function tell(field, fault) {
  const id = `${field.id}-error`;
  let line = document.getElementById(id);
  if (!fault) {
    line?.remove();
    field.removeAttribute("aria-invalid");
    return;
  }
  if (!line) {
    line = Object.assign(document.createElement("p"), { id, className: "error" });
    line.setAttribute("role", "status");
    field.closest(".field").append(line);
  }
  if (line.textContent !== fault) line.textContent = fault;
  field.setAttribute("aria-invalid", "true");
}

/** Puts the browser's colour picker beside a text field. */
function addPicker(field) {
  const picker = Object.assign(document.createElement("input"), { type: "color", className: "picker", value: field.value || "#808080" });
  picker.setAttribute("aria-label", field.labels[0].firstChild.textContent.trim());
  const row = document.createElement("span");
  row.className = "picker-row";
  field.before(row);
  row.append(field, picker);
  picker.addEventListener("input", () => {
    field.value = picker.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(field.value.trim())) picker.value = field.value.trim();
  });
}
