// What the page holds for its scripts.

export const byId = (id) => document.getElementById(id);
export const made = (id) => byId(id).content.firstElementChild.cloneNode(true);
