// The state stands in the address: "#class-5&q=dog&sort=worst". What has no "=" is the place to go to.
const NOTHING = { q: "", sort: "index", check: "", verdict: "", reliability: "", below: "", findings: "", wrong: "", view: "" };
let state = { ...NOTHING, anchor: "" };

const read = () => {
  const now = { ...NOTHING, anchor: "" };
  for (const part of location.hash.slice(1).split("&")) {
    const [key, value] = part.split(/=(.*)/s);
    let text = "";
    try { text = decodeURIComponent((value ?? key).replace(/\+/g, " ")); } catch { continue; }
    if (value === undefined) now.anchor = text;
    else if (key in NOTHING) now[key] = text;
  }
  return now;
};

const written = (wanted) => {
  const parts = Object.keys(NOTHING).filter((key) => wanted[key] !== NOTHING[key])
    .map((key) => `${key}=${encodeURIComponent(wanted[key])}`);
  if (wanted.anchor) parts.unshift(encodeURIComponent(wanted.anchor));
  return `#${parts.join("&")}`;
};

// Goes somewhere; `replace` where the way back need not stop, as between two letters of a search.
const go = (change, replace = false) => {
  const hash = written({ ...state, ...change });
  if (hash === (location.hash || "#")) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  follow();
};

const classIn = (anchor) => {
  const match = /^class-(\d+)$/.exec(anchor);
  return match && places.has(Number(match[1])) ? Number(match[1]) : null;
};

const follow = () => {
  const before = state;
  state = read();
  select(before);
  const index = classIn(state.anchor);
  if (index !== null) return open(index);
  close();
  if (state.anchor && state.anchor !== before.anchor) reveal(byId(state.anchor));
};

// A place inside something folded unfolds it; a check unfolds its own details.
const reveal = (target) => {
  if (!target) return;
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  const inner = target.matches(".check") && target.querySelector("details");
  if (inner) inner.open = true;
  target.scrollIntoView();
  if (target.matches("[tabindex]")) target.focus({ preventScroll: true });
};
