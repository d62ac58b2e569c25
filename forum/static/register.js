// The registration form: while it is filled in, a worker computes the proof of work, so that nobody waits for it. If that
// fails, the form asks a question in its place. Sent too early, the form waits for both the proof and the least time.

const LEAST_MS = 2500; // a form sent sooner would be refused as a program's
const FRESH_MS = 15 * 60_000; // the server takes a proof for twenty minutes

export function start(part, { fetchJson }) {
  const form = part.closest("form");
  const instead = form.querySelector("[data-instead]");
  const status = part.querySelector("[data-status]");
  const shownAt = performance.now();
  let proof = null; // the promise of one, and when it was begun
  let isReady = false;
  let isWaiting = false;

  function begin() {
    if (!proof || performance.now() - proof.at > FRESH_MS) proof = { at: performance.now(), done: compute(fetchJson) };
    return proof.done;
  }

  form.addEventListener("focusin", begin, { once: true });
  if (form.contains(document.activeElement)) begin();

  form.addEventListener("submit", async (event) => {
    if (isReady) return;
    event.preventDefault();
    if (isWaiting) return;
    isWaiting = true;
    const { submitter } = event;
    const said = setTimeout(() => (status.textContent = part.dataset.computing), 300);
    const [solution] = await Promise.all([begin(), pause(LEAST_MS - (performance.now() - shownAt))]);
    clearTimeout(said);
    status.textContent = "";
    isWaiting = false;
    isReady = true;
    form.elements.proof.value = solution ?? "";
    if (!solution && instead && !form.elements.answer.value) return ask();
    form.requestSubmit(submitter);
  });

  function ask() {
    instead.removeAttribute("class");
    status.textContent = part.dataset.failed;
    form.elements.answer.focus();
  }

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // the way back to this page: the proof was used
    proof = null;
    isReady = false;
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** The solution of a new challenge as the server wants it; null if this browser cannot find it. */
async function compute(fetchJson) {
  try {
    const challenge = await fetchJson("/register/proof");
    const solution = await solve(challenge.parameters);
    return btoa(JSON.stringify({ challenge, solution }));
  } catch {
    return null;
  }
}

function solve(parameters) {
  const worker = new Worker(new URL("proof_worker.js", import.meta.url));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data ? resolve(data) : reject(new Error("not solved")));
    worker.onerror = reject;
    worker.postMessage(parameters);
  }).finally(() => worker.terminate());
}
