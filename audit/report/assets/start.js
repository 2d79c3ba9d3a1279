setUpFolds();
setUpGrid();
setUpClass();
setUpCopy();
setUpDownloads();
byId("show-help").hidden = false;
byId("show-help").addEventListener("click", () => help.showModal());
addEventListener("keydown", press);
addEventListener("popstate", follow);
addEventListener("hashchange", follow);

// A link to a class keeps what is searched for; one to another place leaves the class.
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const anchor = link.getAttribute("href").slice(1);
  event.preventDefault();
  if (link.matches(".anchor")) navigator.clipboard?.writeText(link.href).then(() => say("Link copied"), () => {});
  if (anchor === state.anchor && opened === null) reveal(byId(anchor));
  else go({ anchor, ...Object.fromEntries(new URLSearchParams(link.dataset.go ?? "")) });
});

follow();
document.documentElement.dataset.ready = "true";
performance.mark("ready");
