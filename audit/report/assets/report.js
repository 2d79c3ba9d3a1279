"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  // A deep link into a folded section unfolds it.
  const reveal = () => {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && byId(id);
    if (!target) return;
    let folded = false;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) { node.open = true; folded = true; }
    }
    if (folded) target.scrollIntoView();
    if (target.tagName === "DETAILS") target.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  reveal();

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = byId(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2500);
    });
  }

  const grid = document.querySelector("ul.grid");
  const [filter, order, flagged, shown] = ["filter", "order", "flagged", "shown"].map(byId);
  const tiles = [...grid.children].map((node) => ({
    node,
    index: Number(node.dataset.index),
    name: node.dataset.name,
    text: `${node.dataset.index} ${node.dataset.name}`.toLowerCase(),
    findings: Number(node.dataset.findings),
    probability: Number(node.dataset.probability),
  }));
  const orders = {
    index: (a, b) => a.index - b.index,
    worst: (a, b) => b.findings - a.findings || a.probability - b.probability || a.index - b.index,
    probability: (a, b) => a.probability - b.probability || a.index - b.index,
    name: (a, b) => a.name.localeCompare(b.name) || a.index - b.index,
  };
  const select = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const tile of tiles) {
      const hit = words.every((word) => tile.text.includes(word)) && (!flagged.checked || tile.findings > 0);
      tile.node.hidden = !hit;
      count += hit ? 1 : 0;
    }
    shown.textContent = count === tiles.length ? "" : `${count} of ${tiles.length} shown`;
  };
  const sort = () => grid.append(...tiles.sort(orders[order.value]).map((tile) => tile.node));
  document.querySelector(".tools").hidden = false;
  filter.addEventListener("input", select);
  flagged.addEventListener("change", select);
  order.addEventListener("change", sort);
  if (filter.value || flagged.checked) select();
  if (order.value !== "index") sort();
})();
