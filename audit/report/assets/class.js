const sheet = byId("class-dialog");
const view = byId("class-view");
let opened = null;

// The order in which `j` and `k` go: the grid's; a class that the filter hides has the whole list around it.
const around = (index) => {
  const list = visible();
  const chosen = list.some((tile) => tile.i === index) ? list : sequence;
  return { list: chosen, at: chosen.findIndex((tile) => tile.i === index) };
};

const open = async (index) => {
  if (opened === index && sheet.open) return;
  opened = index;
  let html;
  try {
    html = await sectionOf(index);
  } catch {
    say("This browser cannot unpack the page's data; results.json beside the page holds it.");
    return;
  }
  if (opened !== index) return; // another one was asked for meanwhile
  view.innerHTML = html;
  view.dataset.index = index;
  attachLater(view);
  const { list, at } = around(index);
  byId("h-class").textContent = `Class ${at + 1} of ${list.length}`;
  byId("previous").disabled = at <= 0;
  byId("next").disabled = at >= list.length - 1;
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  view.focus({ preventScroll: true });
};

const close = () => {
  if (opened === null) return;
  const tile = tiles[places.get(opened)];
  opened = null;
  if (sheet.open) sheet.close();
  view.replaceChildren();
  delete view.dataset.index;
  if (!tile.node.hidden && !grid.hidden && document.activeElement?.closest("ul.grid")) tile.node.firstElementChild.focus();
};

const step = (by) => {
  const { list, at } = around(opened);
  const next = list[at + by];
  if (next) go({ anchor: `class-${next.i}` }, true);
};

const setUpClass = () => {
  sheet.addEventListener("close", () => { if (opened !== null) go({ anchor: "" }); });
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  byId("close").addEventListener("click", () => sheet.close());
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
};
