// Elements from data. Whatever comes from outside becomes a text node or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Text without what is invisible or turns the direction of what follows, as on the command line: one name could look
 * like another, or turn the rest of a line around. Scripts and emoji need the joiners.
 */
export const printable = value =>
  String(value).replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, c => c === "\u200c" || c === "\u200d" ? c : "\ufffd");

const text = value => document.createTextNode(printable(value));

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat(3)) {
    if (child !== undefined && child !== null && child !== false) {
      node.append(child instanceof Node ? child : text(child));
    }
  }
  return node;
}

/** An element with attributes and children; what is no node becomes text. */
export const el = (name, attributes = {}, ...children) =>
  build(document.createElement(name), attributes, children);

/** The same, of SVG. */
export const svg = (name, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, name), attributes, children);

/**
 * Makes what is shown equal to new children, and leaves alone what is equal already: focus, selection and scrolling
 * stay. Elements with `data-key` are found again by it.
 */
export function show(parent, ...children) {
  morphChildren(parent, children.flat(3).filter(child => child !== undefined && child !== null && child !== false)
    .map(child => child instanceof Node ? child : text(child)));
}

const keyOf = node => node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;

function morphChildren(parent, wanted) {
  const keyed = new Map();
  for (const node of parent.childNodes) {
    if (keyOf(node) !== null) {
      keyed.set(keyOf(node), node);
    }
  }
  let at = parent.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    let old = key !== null ? keyed.get(key) : at;
    if (old && (old.nodeName !== next.nodeName || keyOf(old) !== key)) {
      old = undefined;
    }
    if (!old) {
      parent.insertBefore(next, at);
    } else {
      keyed.delete(key);
      if (old === at) {
        at = at.nextSibling;
      } else {
        parent.insertBefore(old, at);
      }
      morph(old, next);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function morph(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) {
      old.data = next.data;
    }
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name)) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of [...next.attributes]) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  morphChildren(old, [...next.childNodes]);
}

/** A word with a sign, so that colour is not all that tells it: "bad", "warn", "ok" or "quiet". */
export const chip = (kind, text) =>
  el("span", { class: `chip ${kind}` }, el("span", { "aria-hidden": "true" }, SIGNS[kind]), " ", text);

const SIGNS = { bad: "✕", warn: "▲", ok: "✓", quiet: "·" };

/** A line of the last minutes, the newest value at the right. */
export function sparkline(values, title) {
  const width = 96;
  const height = 22;
  const top = Math.max(...values, 0);
  const picture = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, role: "img" },
    svg("title", {}, title));
  if (values.length > 1 && top > 0) {
    const step = width / (Math.max(values.length, FEWEST) - 1);
    const points = values.map((value, i) =>
      `${(width - (values.length - 1 - i) * step).toFixed(1)},${(height - 2 - value / top * (height - 4)).toFixed(1)}`);
    const first = (width - (values.length - 1) * step).toFixed(1);
    picture.append(
      svg("polygon", { points: `${first},${height} ${points.join(" ")} ${width},${height}` }),
      svg("polyline", { points: points.join(" ") }));
  } else {
    picture.append(svg("line", { x1: 0, x2: width, y1: height - 2, y2: height - 2 }));
  }
  return picture;
}

/** How many values a sparkline has room for. */
export const CAPACITY = 180;

/** Values that take the whole width: fewer begin further right. */
const FEWEST = 30;

/** What is shown where there is nothing: what it means, and a command that leads on. */
export const empty = (text, ...commands) =>
  el("div", { class: "empty" }, el("p", {}, text),
    commands.map(command => el("pre", {}, el("code", {}, command))));

/** A table; cells are `[label, content, class]`, and the label stands beside the cell on a narrow screen. */
export function table(caption, headings, rows) {
  return el("table", {},
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, headings.map(([text, kind]) => el("th", { scope: "col", class: kind }, text)))),
    el("tbody", {}, rows.map(({ key, kind, cells }) =>
      el("tr", { "data-key": key, class: kind }, cells.map((cell, i) =>
        el(i === 0 ? "th" : "td",
          { scope: i === 0 ? "row" : undefined, "data-label": headings[i][0], class: headings[i][1] }, el("div", {}, cell)))))));
}
