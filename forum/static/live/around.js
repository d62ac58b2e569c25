// What surrounds the posts of an open thread.

import { exchange, fetchPage, renewHints, whenFree } from "./elements.js";

/** Takes what surrounds the posts from the page as it is now, at a moment within some seconds; the posts are told of. */
export function surroundings(part, state, path, tools) {
  const KEPT = ".crumbs, .thread-head"; // replaced when they have changed and nobody is busy in them
  const notices = (from) => [...from.querySelectorAll(".thread-head ~ .notice")];
  let timer;
  let parked = null; // the form of a thread that has been locked since

  async function load(tries = 0) {
    const answer = await fetchPage(path, Number(state.get("page"))).catch(() => null);
    if (answer?.status === 404 || answer?.status === 403) return; // the stream says so, too
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page && page.querySelector(".thread[data-live]");
    const isOld = !fresh || Number(new URLSearchParams(fresh.dataset.live).get("version")) < Number(state.get("version"));
    if (isOld && tries < 4) return (timer = setTimeout(load, 2000 * (tries + 1), tries + 1));
    if (isOld) return;
    const said = notices(page);
    for (const name of KEPT.split(", ")) {
      const [old, made] = [document.querySelector(name), page.querySelector(name)];
      if (old && made) whenFree(old, () => exchange(old, document.adoptNode(made)));
    }
    for (const old of notices(document)) old.remove();
    part.before(...said.map((one) => document.adoptNode(one)));
    renewForm(document.getElementById("reply"), document.adoptNode(page.getElementById("reply")));
  }

  /** The reply form of a thread that was locked or opened: what is typed stays. */
  function renewForm(old, fresh) {
    const [form, other] = [old.querySelector("form"), fresh.querySelector("form")];
    for (const said of old.querySelectorAll(":scope > .join.js")) said.remove();
    if (form) form.querySelector("[type=submit]").disabled = !other;
    if (form && other) {
      renewHints(form, other);
    } else if (form && (form.elements.body.value.trim() || form.contains(document.activeElement))) {
      const said = fresh.querySelector(".join");
      said.classList.add("js");
      old.prepend(said);
    } else if (form) {
      parked = old;
      old.replaceWith(fresh);
    } else if (other && parked) {
      old.replaceWith(parked);
      renewForm(parked, fresh);
    } else {
      exchange(old, fresh);
      for (const made of fresh.querySelectorAll("[data-module]")) import(made.dataset.module).then((module) => module.start(made, tools));
    }
  }

  return (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(load, Math.random() * seconds * 1000);
  };
}
