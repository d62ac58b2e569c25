// The composer: what is typed is formatted, previewed, completed, kept as a draft and sent once.

import { complete } from "./composer/completion.js";
import { draftSaver, sendOnce } from "./composer/drafts.js";
import { countTitle, suggestThreads } from "./composer/title.js";
import { formatting, inserter, previewer, smiliePicker } from "./composer/toolbar.js";
import { sayTyping } from "./composer/typing.js";

export function start(part, tools) {
  const body = part.querySelector("textarea");
  const insert = inserter(body);
  const draft = draftSaver(part, body, tools);
  const preview = previewer(part, body, tools);
  formatting(part, body, insert, { preview: preview.toggle, react: smiliePicker(part, insert, tools) });
  complete(part, body, insert, tools);
  suggestThreads(body.form, tools);
  countTitle(body.form);
  sendOnce(body.form, part.dataset.place);
  if (/^thread:\d+$/.test(part.dataset.place)) sayTyping(body, tools);
  body.addEventListener("input", () => {
    draft.typed();
    preview.refresh();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) body.form.requestSubmit(part.querySelector("[type=submit]"));
  });
  for (const button of part.querySelectorAll("[data-tool]")) button.disabled = false;
}
