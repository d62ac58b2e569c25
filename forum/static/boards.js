// The list of boards in administration: rows are dragged to another place, sideways into and out of other boards.
// Keyboards use the buttons of each row, or the field "Inside" of a board's page.

const INDENT = 24; // pixels sideways for one level
const EDGE = 60; // pixels from the window's edge where it scrolls

export function start(list, { fetchJson }) {
  for (const row of list.querySelectorAll("[data-board]")) {
    const handle = document.createElement("span");
    handle.className = "drag icon-button";
    handle.title = list.dataset.drag;
    handle.innerHTML = '<i class="icon i-menu"></i>';
    handle.addEventListener("pointerdown", (event) => event.button === 0 && drag(list, row, event, fetchJson));
    row.prepend(handle);
  }
}

const rowsOf = (list) => [...list.querySelectorAll("[data-board]")];
const depthOf = (row) => Number(row.dataset.depth);

function setDepth(row, depth) {
  row.classList.remove(`depth-${Math.min(depthOf(row), 4)}`);
  row.dataset.depth = depth;
  row.classList.add(`depth-${Math.min(depth, 4)}`);
}

/** A row with those of the boards inside it. */
function blockOf(rows, row) {
  const after = rows.slice(rows.indexOf(row) + 1);
  const end = after.findIndex((each) => depthOf(each) <= depthOf(row));
  return [row, ...(end < 0 ? after : after.slice(0, end))];
}

function drag(list, row, down, fetchJson) {
  down.preventDefault();
  const before = rowsOf(list).map((each) => [each, depthOf(each)]);
  const block = blockOf(rowsOf(list), row);
  const others = rowsOf(list).filter((each) => !block.includes(each));
  const began = depthOf(row);
  const forward = getComputedStyle(list).direction === "rtl" ? -1 : 1;
  const ended = new AbortController();
  list.setPointerCapture(down.pointerId); // not the handle, which is moved in the document
  list.classList.add("dragging");
  for (const each of block) each.classList.add("dragged");

  const restore = () => {
    list.append(...before.map(([each]) => each));
    for (const [each, depth] of before) setDepth(each, depth);
  };
  const end = () => {
    ended.abort();
    list.classList.remove("dragging");
    for (const each of block) each.classList.remove("dragged");
  };
  const move = ({ clientX, clientY }) => {
    if (clientY < EDGE) scrollBy(0, -12);
    else if (clientY > innerHeight - EDGE) scrollBy(0, 12);
    const next = others.find((each) => {
      const { top, height } = each.getBoundingClientRect();
      return clientY < top + height / 2;
    });
    const above = next ? others[others.indexOf(next) - 1] : others.at(-1);
    const most = above ? depthOf(above) + 1 : 0;
    const least = next ? Math.min(depthOf(next), most) : 0;
    const wanted = began + Math.round(((clientX - down.clientX) * forward) / INDENT);
    const change = Math.max(least, Math.min(wanted, most)) - depthOf(row);
    if (next) next.before(...block);
    else list.append(...block);
    for (const each of block) setDepth(each, depthOf(each) + change);
  };
  const drop = async () => {
    end();
    const isSame = rowsOf(list).every((each, place) => each === before[place][0] && depthOf(each) === before[place][1]);
    if (!isSame) await store(list, row, fetchJson, restore);
  };
  const cancel = () => {
    end();
    restore();
  };
  const { signal } = ended;
  list.addEventListener("pointermove", move, { signal });
  list.addEventListener("pointerup", drop, { signal });
  list.addEventListener("pointercancel", cancel, { signal });
  addEventListener("keydown", ({ key }) => key === "Escape" && cancel(), { signal });
}

/** Where a row is now: its parent, and how many of the parent's boards are before it. */
function placeOf(list, row) {
  const rows = rowsOf(list);
  let position = 0;
  for (const each of rows.slice(0, rows.indexOf(row)).reverse()) {
    if (depthOf(each) < depthOf(row)) return { parent_id: each.dataset.board, position };
    if (depthOf(each) === depthOf(row)) position += 1;
  }
  return { parent_id: "", position };
}

async function store(list, row, fetchJson, restore, wider = "") {
  const { board } = row.dataset;
  list.inert = true; // until the page is loaded again: a second move would rest on what is no longer so
  try {
    await fetchJson(`/admin/boards/${board}/place`, { ...placeOf(list, row), seen: list.dataset.seen, wider });
    history.replaceState(null, "", `#board-${board}`);
    location.reload();
  } catch (error) {
    list.inert = false;
    const refused = await error.answer?.json().catch(() => null);
    if (refused?.type === "wider" && confirm(refused.message)) return store(list, row, fetchJson, restore, "yes");
    restore();
    if (refused?.type !== "wider") tell(list, refused?.message ?? list.dataset.failed);
  }
}

function tell(list, message) {
  const note = document.querySelector("[data-order-note]");
  note.hidden = false;
  note.firstElementChild.textContent = message;
}
