// What a person sees and calls things by, for tests/it/support/browser.rs. Runs through WebDriver, also where page scripts are off.
const clean = (text) => (text || "")
  .replace(/[\u00a0\u202f]/g, " ").replace(/[\u2019]/g, "'").replace(/\s+/g, " ").trim();
const folded = (text) => clean(text).toLowerCase();
const isShown = (element) => element.checkVisibility({ visibilityProperty: true });

// The text of an element as it is said: pictures by their alternative, nothing that is hidden, no field inside a label.
function textOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.matches("script, style, noscript, input, select, textarea, [aria-hidden=true]")) return "";
  if (node.hasAttribute("aria-label")) return " " + node.getAttribute("aria-label") + " ";
  if (node.matches("img")) return " " + node.alt + " ";
  if (getComputedStyle(node).display === "none") return "";
  const inside = [...node.childNodes].map(textOf).join("");
  return getComputedStyle(node).display === "inline" ? inside : " " + inside + " ";
}

function nameOf(element) {
  const named = (element.getAttribute("aria-labelledby") || "").split(/\s+/)
    .map((id) => id && document.getElementById(id)).filter(Boolean);
  if (named.length) return clean(named.map(textOf).join(" "));
  if (element.getAttribute("aria-label")) return clean(element.getAttribute("aria-label"));
  if (element.labels && element.labels.length) return clean([...element.labels].map(textOf).join(" "));
  if (element.matches("input[type=submit], input[type=button], input[type=reset]")) return clean(element.value);
  if (element.matches("input[type=image]")) return clean(element.alt);
  const text = element.matches("input, select, textarea") ? "" : clean(textOf(element));
  return text || clean(element.title) || clean(element.placeholder);
}

const kinds = {
  button: "a[href], button, input[type=submit], input[type=button], input[type=image], summary, [role=button], [role=link], [role=tab]",
  field: "input:not([type=checkbox], [type=radio], [type=hidden], [type=submit], [type=button], [type=image], [type=file]), textarea",
  select: "select",
  checkbox: "input[type=checkbox]",
  radio: "input[type=radio]",
};

// The one thing of this kind with this name: by the whole name, else by its beginning, else by a part of it.
function find(kind, wanted) {
  const all = [...document.querySelectorAll(kinds[kind])]
    .filter((element) => isShown(element) && !element.matches(":disabled, [aria-disabled=true]"))
    .map((element) => ({ element, name: nameOf(element) }));
  const sought = folded(wanted).replace(/\u2026$/, "");
  const bare = (name) => folded(name).replace(/[\s*:]+$/, "");
  for (const fits of [
    (name) => folded(name) === sought || bare(name) === sought,
    (name) => folded(name).startsWith(sought),
    (name) => folded(name).includes(sought),
  ]) {
    const found = all.filter(({ name }) => fits(name));
    if (found.length === 1) return { element: found[0].element };
    if (found.length > 1) return { problem: `${found.length} of them fit`, names: found.map(({ name }) => name) };
  }
  return { problem: "there is none", names: all.map(({ name }) => name) };
}

// Where a person points to tick something: the box, or its label where the box itself is not to be seen.
function handleOf(box) {
  if (!box.labels.length) return box;
  box.scrollIntoView({ block: "center" });
  const { left, top, width, height } = box.getBoundingClientRect();
  const seen = width > 4 && height > 4 && getComputedStyle(box).opacity !== "0";
  // A label may lie over its box.
  const covered = document.elementFromPoint(left + width / 2, top + height / 2) !== box;
  return seen && !covered ? box : box.labels[0];
}

function optionOf(select, wanted) {
  const sought = folded(wanted);
  const options = [...select.options].filter((option) => !option.disabled);
  const option = options.find(({ label }) => folded(label) === sought) || options.find(({ label }) => folded(label).startsWith(sought));
  return option ? { element: option } : { problem: "no such choice", names: options.map(({ label }) => label) };
}

// As written, whatever capitals the style makes of it.
function shownText(root) {
  const plain = new CSSStyleSheet();
  plain.replaceSync("* { text-transform: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, plain];
  const text = root.innerText;
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== plain);
  return text.replace(/[\u00a0\u202f]/g, " ");
}

function heading() {
  const first = [...document.querySelectorAll("h1")].find(isShown);
  return first ? clean(shownText(first)) : "";
}

function focused() {
  const element = document.activeElement;
  return element && element !== document.body ? nameOf(element) : "";
}
