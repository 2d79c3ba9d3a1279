const help = byId("help");
const typing = (node) => node.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

const walk = (by) => {
  const list = visible();
  if (!list.length) return;
  if (state.view === "table") go({ view: "" }, true);
  const here = Number(document.activeElement?.closest("ul.grid > li")?.dataset.index ?? NaN);
  const at = list.findIndex((tile) => tile.i === here);
  const link = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)].node.firstElementChild;
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
};

const press = (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, target } = event;
  if (key === "Escape" && target === controls.q && target.value) {
    go({ q: "", anchor: "" }, true);
  } else if (key === "Escape" && target === controls.q) {
    target.blur();
  } else if (typing(target) || help.open) {
    return;
  } else if (key === "?") {
    help.showModal();
  } else if (key === "j" || key === "k") {
    const by = key === "j" ? 1 : -1;
    if (sheet.open) step(by); else walk(by);
  } else if (key === "/") {
    if (sheet.open) sheet.close();
    controls.q.focus();
    controls.q.select();
    tools.scrollIntoView({ block: "center" });
  } else {
    return;
  }
  event.preventDefault();
};
