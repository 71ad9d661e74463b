"use strict";
// Drawing. Texts come from scenes and models: they are only ever set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The nearest whole number; of two equally near the even one, as the terminal has it. */
const whole = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const percent = (x) => (x === null || x === undefined ? "–" : `${whole(100 * x)}`);
const fixed = (x, digits = 2) => (x === null || x === undefined ? "–" : (Math.round(x * 10 ** digits) / 10 ** digits + 0).toFixed(digits));
const withEnds = (f) => (!f || f.value === null ? "–" : f.low === null ? fixed(f.value) : `${fixed(f.value)} [${fixed(f.low)}, ${fixed(f.high)}]`);

// A hue for each name or value, far from its neighbours' and the same everywhere on the page.
function hues(names) {
  return new Map(names.map((name, i) => [name, Math.round((i * 137.508 + 24) % 360)]));
}

// Accuracy by order with its intervals, and what the baselines give on the same questions.
function curve(byOrder, baselines) {
  const orders = Object.keys(byOrder).map(Number).sort((a, b) => a - b);
  const width = 440, height = 230, left = 38, right = 100, top = 14, bottom = 30;
  const x = (i) => left + (orders.length < 2 ? 0.5 : i / (orders.length - 1)) * (width - left - right);
  const y = (v) => top + (1 - v) * (height - top - bottom);
  const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Accuracy by order of belief", width: "100%" });
  for (const v of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(draw("line", { class: "axis", x1: left, x2: width - right, y1: y(v), y2: y(v) }));
    const label = draw("text", { class: "soft", x: left - 6, y: y(v) + 4, "text-anchor": "end" });
    label.textContent = percent(v);
    picture.append(label);
  }
  orders.forEach((order, i) => {
    const label = draw("text", { class: "soft", x: x(i), y: height - 8, "text-anchor": "middle" });
    label.textContent = `order ${order}`;
    picture.append(label);
  });
  const ends = [];
  const path = (values, colour, dash, name) => {
    const points = values.map((v, i) => (v === null || v === undefined ? null : `${x(i)},${y(v)}`)).filter(Boolean);
    if (!points.length) return;
    picture.append(draw("polyline", { points: points.join(" "), fill: "none", stroke: colour, "stroke-width": dash ? 1.4 : 2.4, "stroke-dasharray": dash }));
    ends.push({ at: y(values.filter((v) => v !== null && v !== undefined).at(-1)), name, colour });
  };
  const shades = ["var(--soft)", "var(--open)", "var(--right)", "var(--wrong)"];
  Object.entries(baselines).forEach(([name, values], i) => path(orders.map((o) => values[o]), shades[i % shades.length], "4 3", name));
  orders.forEach((order, i) => {
    const f = byOrder[order];
    if (f.low !== null) picture.append(draw("line", { x1: x(i), x2: x(i), y1: y(f.low), y2: y(f.high), stroke: "var(--accent)", "stroke-width": 1.5 }));
    if (f.value !== null) {
      const dot = draw("circle", { cx: x(i), cy: y(f.value), r: 4, fill: "var(--accent)" });
      const tip = draw("title");
      tip.textContent = `order ${order}: ${percent(f.value)} % of ${f.n} [${percent(f.low)}, ${percent(f.high)}]`;
      dot.append(tip);
      picture.append(dot);
    }
  });
  path(orders.map((o) => byOrder[o].value), "var(--accent)", "", "this stage");
  ends.sort((a, b) => a.at - b.at);
  let last = -20;
  for (const end of ends) {
    last = Math.max(end.at, last + 13);
    const label = draw("text", { x: width - right + 8, y: last + 4, style: `fill: ${end.colour}` });
    label.textContent = end.name;
    picture.append(label);
  }
  return picture;
}

// One viewpoint's facts: subjects on the left, values on the right. edges: {subject, relation, value, style, mark, note}.
function graph(edges, name) {
  const subjects = [...new Set(edges.map((e) => e.subject))], values = [...new Set(edges.map((e) => e.value))];
  const step = 46, height = Math.max(1, subjects.length, values.length) * step + 16, width = 460;
  const row = (list, item) => 26 + (list.indexOf(item) + (Math.max(subjects.length, values.length) - list.length) / 2) * step;
  const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name, width: "100%", style: "max-width: 30rem" });
  const pill = (text, cx, cy, anchor) => {
    const short = text.length > 17 ? `${text.slice(0, 16)}…` : text;
    const label = draw("text", { x: cx, y: cy + 4, "text-anchor": anchor, style: "font-weight: 600" });
    label.textContent = short;
    const tip = draw("title");
    tip.textContent = text;
    label.append(tip);
    picture.append(label);
  };
  for (const e of edges) {
    const y1 = row(subjects, e.subject), y2 = row(values, e.value);
    const line = draw("path", { d: `M128,${y1} C220,${y1} 240,${y2} 326,${y2}`, fill: "none", stroke: e.mark || "var(--soft)", "stroke-width": 2, "stroke-dasharray": e.style === "known" ? "" : "5 4" });
    const tip = draw("title");
    tip.textContent = e.note;
    line.append(tip);
    picture.append(line);
  }
  for (const value of values) {  // what leads to one value alike is named once, beside it
    const named = edges.filter((e) => e.value === value).map((e) => e.relation + (e.style === "one of" ? " (one of)" : e.style === "whether" ? " (knows which)" : ""));
    const label = draw("text", { x: 322, y: row(values, value) - 6, "text-anchor": "end", class: "soft" });
    label.textContent = [...new Set(named)].join(", ");
    picture.append(label);
  }
  subjects.forEach((s) => pill(s, 122, row(subjects, s), "end"));
  values.forEach((v) => pill(v, 332, row(values, v), "start"));
  return picture;
}
