// The access list of a board: a group without access does not moderate, and one that moderates sees the board.

export function start(form) {
  form.addEventListener("change", ({ target }) => {
    const row = target.closest(".access-row");
    const level = row?.querySelector("select"), moderates = row?.querySelector("[name^=moderate]");
    if (target === level && level.value === "" && moderates) moderates.checked = false;
    if (target === moderates && moderates.checked && level.value === "") level.value = "see";
  });
}
