// A thread's page. Also the page of a private conversation, which has some of it.

import { sendHeartbeats } from "./thread/heartbeats.js";
import { newReplies } from "./thread/new_replies.js";
import { foldQuotes, showProgress, unfoldCards } from "./thread/posts.js";
import { quoteInPlace } from "./thread/quotes.js";
import { reactInPlace } from "./thread/reactions.js";
import { byId } from "./thread/snippets.js";

export function start(part, tools) {
  foldQuotes(part);
  unfoldCards(part);
  reactInPlace(part, tools.fetchJson);
  const block = document.querySelector(".viewers");
  if (!block) return; // a private conversation
  sendHeartbeats(block, newReplies(part, block, tools), tools);
  showProgress(part, document.querySelector("[data-progress]"));
  if (byId("body")) quoteInPlace(part, tools.fetchJson);
}
