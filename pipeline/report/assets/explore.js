// Finding, filtering, sorting. Everything is set as text, never as markup; without this script the pages still hold everything.
"use strict";

const ROOT = document.documentElement.dataset.root;
const KINDS = ["Treatments", "Problems", "Threads"];
const SHOWN = [8, 8, 15];
const shards = new Map();

// The twins of `fold` and `shard` in search.py.
const fold = (text) => text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").match(/[\p{L}\p{N}]+/gu) || [];
const shard = (word) =>
  Array.from(word).slice(0, 2).map((c) => (/[a-z0-9]/.test(c) ? c : "-" + c.codePointAt(0).toString(16))).join("");

function make(tag, text, attributes) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  return Object.assign(node, attributes);
}

// A page on a disk may not fetch, but it may load a script, which calls this.
window.found = (name, entries) => shards.get(name).resolve(entries);

function load(name) {
  if (!shards.has(name)) {
    const waiting = {};
    waiting.entries = new Promise((resolve) => { waiting.resolve = resolve; });
    shards.set(name, waiting);
    const script = make("script", "", { src: `${ROOT}search/${name}.js` });
    script.onerror = () => waiting.resolve([]);
    document.head.append(script);
  }
  return shards.get(name).entries;
}

async function find(query) {
  const wanted = fold(query).filter((w) => w.length > 1);
  if (!wanted.length) return null;
  const longest = wanted.reduce((a, b) => (b.length > a.length ? b : a));
  const entries = await load(shard(longest));
  return entries.filter((e) => wanted.every((w) => (" " + e[4]).includes(" " + w)));
}

function show(entries, box, status) {
  box.replaceChildren();
  KINDS.forEach((head, kind) => {
    const all = entries.filter((e) => e[0] === kind);
    if (!all.length) return;
    const list = make("ul");
    for (const [, name, note, page] of all.slice(0, SHOWN[kind])) {
      const link = make("a", "", { href: ROOT + page });
      link.append(make("bdi", name), make("small", note));
      const item = make("li");
      item.append(link);
      list.append(item);
    }
    const more = all.length - SHOWN[kind];
    box.append(make("h2", more > 0 ? `${head}, ${more} more` : head), list);
  });
  if (!entries.length) box.append(make("p", "Nothing found."));
  status.textContent = `${entries.length} found`;
  box.hidden = false;
}

function searching(form) {
  const [input, box, status] = [form.querySelector("input"), form.querySelector("#found"), form.querySelector("[role=status]")];
  const close = () => { box.hidden = true; status.textContent = ""; };
  form.hidden = false;
  input.addEventListener("input", async () => {
    const query = input.value;
    const entries = await find(query);
    if (input.value !== query) return;
    if (entries) show(entries, box, status); else close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.querySelector("a")?.click();
  });
  form.addEventListener("keydown", (event) => {
    const stops = [input, ...box.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { close(); input.focus(); }
    if (!step || box.hidden) return;
    event.preventDefault();
    stops[Math.min(Math.max(stops.indexOf(document.activeElement) + step, 0), stops.length - 1)].focus();
  });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
}

// A filter shows the items whose data-* attributes hold what its fields say: `text` is looked for in the words, `least` is a
// least number, any other field is one of the attribute's words.
function filtering(form) {
  const items = Array.from(document.querySelectorAll(`${form.dataset.filter} > *`));
  const status = form.querySelector("[role=status]");
  const fits = (item, name, value) => {
    if (!value) return true;
    if (name === "text") return fold(value).every((w) => (" " + fold(item.textContent).join(" ")).includes(" " + w));
    if (name === "least") return Number(item.dataset.least) >= Number(value);
    return item.dataset[name].split(" ").includes(value);
  };
  const apply = () => {
    const fields = Array.from(new FormData(form));
    let n = 0;
    for (const item of items) {
      item.hidden = !fields.every(([name, value]) => fits(item, name, value));
      n += !item.hidden;
    }
    status.textContent = `${n} of ${items.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

function sorting(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = make("button", "", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = head.classList.contains("n") || head.classList.contains("plot") ? "descending" : "ascending";
      const other = { ascending: "descending", descending: "ascending" };
      const order = other[head.ariaSort] || first;
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const compare = (a, b) => value(a).replaceAll(",", "").localeCompare(value(b).replaceAll(",", ""), "en", { numeric: true });
      const rows = Array.from(body.rows).sort(order === "ascending" ? compare : (a, b) => compare(b, a));
      body.append(...rows);
    });
  });
}

// The words of a row that is open are marked as its own; a link to a row opens it.
function tracing() {
  for (const row of document.querySelectorAll("details.row")) {
    const marks = document.querySelectorAll(`mark[data-rows~="${row.id}"]`);
    row.addEventListener("toggle", () => marks.forEach((m) => m.classList.toggle("of", row.open)));
  }
  const open = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row?.matches("details.row")) row.open = true;
  };
  window.addEventListener("hashchange", open);
  open();
}

document.querySelectorAll("form.find").forEach(searching);
document.querySelectorAll("form.filter").forEach(filtering);
document.querySelectorAll("table[data-sort]").forEach(sorting);
tracing();
