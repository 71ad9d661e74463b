// What is shown, and how one moves about in it.

const state = { part: "card", run: 0, beat: null, fluent: "", viewpoint: "", rows: SHOWN_AT_ONCE, filter: { words: "", outcome: "", order: "", voice: "" } };
let data = null;
const main = document.getElementById("main"), nav = document.getElementById("nav"), box = document.getElementById("details");

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

let prompts = null;
async function texts(run) {
  prompts ??= await unpacked("prompts");
  const coded = prompts[data.runs.indexOf(run)];
  return (number) => promptText(coded, number);
}

// A text is kept as what it adds to an earlier one: its beginning is put together from those before.
function promptText({ back, shared, rest }, number) {
  let text = rest[number], needed = shared[number];
  while (needed > 0) {
    number -= back[number];
    if (shared[number] >= needed) continue;
    text = rest[number].slice(0, needed - shared[number]) + text;
    needed = shared[number];
  }
  return text;
}

const PARTS = { card: "Card", play: "Play", minds: "Minds", graphs: "Graphs", probes: "Probes", run: "Run" };
const VIEWS = { card: cardView, play: playView, minds: mindsView, graphs: graphsView, probes: probesView, run: runView };

function chooser(label, values, chosen, take, name = (v) => v) {
  const select = el("select", { onchange: (e) => take(e.target.value) }, ...values.map((v) => el("option", { value: v, selected: v === chosen }, name(v))));
  return el("label", {}, label, select);
}

function scrubber(run, at) {
  const range = el("input", { type: "range", id: "scrub", min: 0, max: run.beats, value: at.beat, "aria-label": "Beat", oninput: (e) => show({ beat: Number(e.target.value) }, "scrub") });
  return el("label", {}, "After beat", range, el("output", {}, at.beat === 0 ? "start" : `${at.beat}`));
}

function details(heading, ...content) {
  box.replaceChildren(el("button", { class: "button close", onclick: () => box.close(), "aria-label": "Close" }, "Close"), el("h2", {}, heading), ...content.filter(Boolean));
  if (!box.open) box.showModal();
}

function show(change = {}, focused = "") {
  Object.assign(state, change);
  const run = data.runs[state.run];
  state.beat = Math.min(state.beat ?? run.asked.at(-1) ?? run.beats, run.beats);
  const parts = { ...PARTS, ...(data.comparison ? { compare: "Compare" } : {}) };
  nav.replaceChildren(...Object.entries(parts).map(([part, name], i) => el("button", { "aria-current": part === state.part ? "page" : null, title: `key ${i + 1}`, "data-part": part, onclick: () => show({ part }) }, name)),
    ...(data.runs.length > 1 ? [chooser("Run", data.runs.map((_, i) => `${i}`), `${state.run}`, (i) => show({ run: Number(i), beat: null }), (i) => data.runs[i].name)] : []));
  main.replaceChildren(...(state.part === "compare" ? compareView(data) : VIEWS[state.part](run, state)).filter(Boolean));
  if (focused) {
    const again = document.getElementById(focused);
    again?.focus();
    if (focused === "search") again?.setSelectionRange(again.value.length, again.value.length);
  }
  history.replaceState(null, "", `#${state.part}`);
}

document.addEventListener("keydown", (e) => {
  if (!data || box.open || e.target.matches("input[type=search], select") || e.ctrlKey || e.metaKey || e.altKey) return;
  const buttons = nav.querySelectorAll("button");
  if (/^[1-9]$/.test(e.key) && buttons[e.key - 1]) buttons[e.key - 1].click();
  else if (e.key === "/") { show({ part: "probes" }, "search"); e.preventDefault(); }
  else if (e.key === "ArrowLeft" && e.target.id !== "scrub") show({ beat: Math.max(0, state.beat - 1) });
  else if (e.key === "ArrowRight" && e.target.id !== "scrub") show({ beat: state.beat + 1 });
});
box.addEventListener("click", (e) => { if (e.target === box) box.close(); });

window.addEventListener("beforeprint", () => {
  const run = data.runs[state.run];
  const everything = { ...state, rows: run.probes.length };
  const parts = Object.entries(PARTS).flatMap(([part, name]) => [el("h2", {}, name), ...VIEWS[part](run, everything).filter(Boolean)]);
  main.replaceChildren(...parts, ...(data.comparison ? [el("h2", {}, "Compare"), ...compareView(data)] : []));
});
window.addEventListener("afterprint", () => show());

unpacked("data").then((found) => {
  data = found;
  const wanted = location.hash.slice(1);
  for (const run of data.runs) {
    for (const p of run.probes) p.text = `${p.id} ${p.question} ${said(p.answer)} ${said(p.expected)} ${p.outcome} ${p.mind} ${p.voice}`.toLowerCase();
  }
  show({ part: wanted in VIEWS || (wanted === "compare" && data.comparison) ? wanted : "card" });
  document.body.dataset.ready = "yes";
}).catch((error) => { main.replaceChildren(el("p", { class: "wrong" }, `This report cannot be read: ${error.message}. A browser of 2023 or newer is needed.`)); });
