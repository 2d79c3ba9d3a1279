const briefly = (button, words) => {
  button.dataset.words ??= button.textContent;
  button.textContent = words;
  say(words);
  setTimeout(() => { button.textContent = button.dataset.words; }, 2500);
};

const setUpCopy = () => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = byId(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        briefly(button, "Copied");
      } catch {
        getSelection().selectAllChildren(source);
        briefly(button, "Selected: press Ctrl+C");
      }
    });
  }
};

const setUpDownloads = () => {
  for (const button of document.querySelectorAll("[data-packed]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const { packed, type, name } = button.dataset;
      try {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([await unpack(packed)], { type }));
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      } catch {
        briefly(button, "Not possible in this browser");
      }
    });
  }
};

// The worst ten stand open for readers without JavaScript and on paper; on a screen the first one does.
const setUpFolds = () => {
  const folds = [...document.querySelectorAll("#worst details.class")];
  const unfolded = (open) => folds.forEach((fold, place) => { fold.open = open || place === 0; });
  unfolded(false);
  addEventListener("beforeprint", () => unfolded(true));
  addEventListener("afterprint", () => unfolded(false));
};
