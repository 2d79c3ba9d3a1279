const byId = (id) => document.getElementById(id);

// The text of a block that is packed with gzip and base64.
const unpack = async (id) => {
  const packed = atob(byId(id).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at++) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};

const tiles = JSON.parse(byId("tiles").textContent);
const chunk = Number(byId("tiles").dataset.chunk);
const places = new Map(tiles.map((tile, place) => [tile.i, place]));

// The section of a class, as the page's writer made and escaped it.
const chunks = new Map();
const sectionOf = async (index) => {
  const number = Math.floor(places.get(index) / chunk);
  if (!chunks.has(number)) chunks.set(number, unpack(`sections-${number}`).then(JSON.parse));
  return (await chunks.get(number))[index];
};

const say = (words) => { byId("said").textContent = words; };
