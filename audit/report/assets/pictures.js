// A picture gets its data when it comes near the window. Those that the markup shows anyway hold their own;
// the others follow this script, which works before they are read.
const shown = new Map();
for (const img of document.querySelectorAll("img[data-img][src]")) shown.set(img.dataset.img, img);

const attach = (img) => {
  const key = img.dataset.img;
  const block = byId(`i${key}`);
  if (block) img.src = `data:image/webp;base64,${block.textContent}`;
  else if (shown.has(key)) img.src = shown.get(key).src;
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => attach(img), { once: true });
};

const watch = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    attach(target);
  }
}, { rootMargin: "300px" });

const attachLater = (root) => {
  for (const img of root.querySelectorAll("img[data-img]:not([src])")) watch.observe(img);
};
