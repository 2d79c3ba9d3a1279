const grid = document.querySelector("ul.grid");
const table = document.querySelector(".scroll.table");
const rows = [...table.querySelectorAll("tbody tr")];
const tools = document.querySelector(".tools");
const controls = {
  q: byId("filter"), sort: byId("order"), check: byId("check-filter"), verdict: byId("verdict-filter"),
  below: byId("below"), reliability: byId("reliability-filter"), findings: byId("flagged"), wrong: byId("wrong"),
};

const badge = (text, style) => {
  const chip = document.createElement("span");
  chip.className = `chip ${style}`;
  chip.textContent = text;
  return chip;
};

const SEVERITY = ["verified", "suspected", "observed", "refuted"];
const many = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const build = (tile, at) => {
  const item = byId("tile").content.firstElementChild.cloneNode(true);
  const [link] = item.children;
  item.dataset.index = tile.i;
  link.href = `#class-${tile.i}`;
  const img = item.querySelector("img");
  if (tile.img) {
    const [key, width, height, enlarged] = tile.img;
    Object.assign(img, { width, height, alt: "Synthesised picture" });
    img.dataset.img = key;
    if (enlarged) img.className = "px";
    item.querySelector(".nothing").remove();
  } else img.remove();
  item.querySelector("bdi").textContent = tile.name;
  const badges = item.querySelector(".badges");
  if (tile.badge) badges.append(badge(`${tile.badge[1]} ${tile.badge[0]}`, tile.badge[2]));
  if (tile.findings) {
    badges.append(badge(many(tile.findings, "finding"), `f-${SEVERITY.find((word) => tile.verdicts.includes(word))}`));
  }
  if (tile.rank > 1) badges.append(badge(`rank ${tile.rank}`, "o-inconclusive"));
  Object.assign(tile, { node: item, row: rows[at], detail: item.querySelector(".sub") });
  return item;
};

const last = (value, turn = 1) => (value === null ? Infinity : turn * value);
const by = (...keys) => (a, b) => {
  for (const key of [...keys, (tile) => tile.i]) {
    const [one, other] = [key(a), key(b)];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
};
const names = new Intl.Collator();
const orders = {
  index: by(),
  worst: by((tile) => last(tile.place), (tile) => -tile.findings, (tile) => last(tile.probability)),
  probability: by((tile) => last(tile.probability)),
  agreement: by((tile) => last(tile.agreement)),
  accuracy: by((tile) => last(tile.accuracy)),
  epsilon: by((tile) => last(tile.epsilon)),
  transfer: by((tile) => last(tile.transfer_model)),
  name: (a, b) => names.compare(a.name, b.name) || a.i - b.i,
};

// What a tile says under its name follows the order: the number that it is sorted by.
const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(0)} %`);
const details = {
  agreement: (tile) => `agreement ${tile.agreement === null ? "–" : tile.agreement.toFixed(2)}`,
  accuracy: (tile) => `${percent(tile.accuracy)} accurate`,
  transfer: (tile) => `transfer model ${percent(tile.transfer_model)}`,
  epsilon: (tile) => `ε ${tile.epsilon === null ? "–" : `${tile.epsilon.toFixed(2)}/255`}`,
};
const detail = (tile) => details[state.sort]?.(tile) ?? tile.sub;

const fits = (tile, words) => words.every((word) => tile.text.includes(word))
  && (!state.findings || tile.findings > 0)
  && (!state.wrong || tile.rank > 1)
  && (!state.check || tile.checks.includes(state.check))
  && (!state.verdict || tile.verdicts.includes(state.verdict))
  && (!state.reliability || tile.badge?.[0] === state.reliability)
  && (!state.below || (tile.accuracy !== null && tile.accuracy < Number(state.below)));

let sequence = tiles;
let ordered = "index";
const arranged = { node: "index", row: "index" };
const describe = () => { for (const tile of tiles) tile.detail.textContent = `${tile.i} · ${detail(tile)}`; };
const visible = () => sequence.filter((tile) => !tile.node.hidden);

const select = () => {
  for (const [key, control] of Object.entries(controls)) {
    if (!control) continue;
    if (control.type === "checkbox") control.checked = Boolean(state[key]);
    else if (control !== document.activeElement || control.value !== state[key]) control.value = state[key];
  }
  if (!orders[state.sort]) state.sort = "index";
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const tile of tiles) {
    const hit = fits(tile, words);
    tile.node.hidden = tile.row.hidden = !hit;
    count += hit ? 1 : 0;
  }
  if (state.sort !== ordered) {
    sequence = [...tiles].sort(orders[state.sort]);
    if (details[state.sort] || details[ordered]) describe();
    ordered = state.sort;
  }
  const asTable = state.view === "table";
  const [parent, part] = asTable ? [rows[0]?.parentElement, "row"] : [grid, "node"];
  if (parent && arranged[part] !== ordered) { // only what is seen is put in order
    parent.append(...sequence.map((tile) => tile[part]));
    arranged[part] = ordered;
  }
  grid.hidden = asTable || !count;
  table.hidden = !asTable || !count;
  byId("as-table").setAttribute("aria-pressed", String(asTable));
  byId("none").hidden = count > 0;
  const total = tiles.length.toLocaleString("en");
  byId("shown").textContent = count === tiles.length
    ? `${total} ${count === 1 ? "class" : "classes"}` : `${count.toLocaleString("en")} of ${total} classes`;
};

const setUpGrid = () => {
  grid.append(...tiles.map(build));
  describe();
  attachLater(grid);
  tools.hidden = false;
  tools.addEventListener("submit", (event) => event.preventDefault());
  for (const [key, control] of Object.entries(controls)) {
    if (!control) continue;
    const value = () => (control.type === "checkbox" ? (control.checked ? "1" : "") : control.value);
    control.addEventListener("input", () => go({ [key]: value(), anchor: "" }, key === "q"));
  }
  byId("as-table").addEventListener("click", () => go({ view: state.view ? "" : "table", anchor: "" }));
  byId("reset").addEventListener("click", () => {
    go({ ...NOTHING, sort: state.sort, view: state.view, anchor: "" });
    controls.q.focus();
  });
};
