// The parts of the report: each takes the run and what is chosen, and gives nodes.

const title = (run, name) => run.titles[name] ?? name.replaceAll("_", " ");
const said = (value) => (value === null ? "not known" : value);
const viewpointName = (run, names) => (names.length ? names.map((n) => title(run, n)).join(" › ") : "reality");
const isPlaceOfRight = (probe) => probe.outcome === "right";

function table(heads, rows, className = "") {
  const head = el("tr", {}, ...heads.map((h) => el("th", { class: h.n ? "n" : null, scope: "col" }, h.text ?? h)));
  return el("div", { class: "scroll" }, el("table", { class: className }, el("thead", {}, head), el("tbody", {}, ...rows)));
}

function cardView(run) {
  const s = run.scores;
  const truths = ["true", "false", "unknown"];
  const byOrder = Object.entries(s.accuracy_by_order).map(([order, f]) => {
    const parts = s.accuracy_by_belief[order] ?? {};
    return el("tr", {}, el("td", {}, `order ${order}`), el("td", { class: "n" }, `${f.n}`), el("td", { class: "n" }, withEnds(f)), ...truths.map((t) => el("td", { class: "n" }, parts[t] ? withEnds(parts[t]) : "–")));
  });
  const facts = [
    ["Separation", withEnds(s.separation)], ["… by probability", withEnds(s.separation_soft)], ["Pairs told apart", withEnds(s.told_apart)],
    ["All of a set right", withEnds(s.joint)], ["Brier score", withEnds(s.calibration.brier)], ["Errors together", withEnds(s.errors_together)],
    ["Lines leaking", withEnds(s.leaks)], ["Lines off their act", withEnds(s.drift)],
    ["Probes", `${s.probes}, undecided ${s.undecided}, unreadable ${s.unreadable}`],
  ];
  return [
    el("div", { class: "grid" },
      el("section", {}, el("h2", {}, "Accuracy by order of belief"), curve(s.accuracy_by_order, run.baselines)),
      el("section", {}, el("h2", {}, "Figures"), el("dl", {}, ...facts.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])))),
    el("section", {}, el("h2", {}, "Whose mind spoke"), el("p", { class: "soft" }, "Per cent of the answers of each voice that speak for each mind; below, what blind guessing gives."), heat(run)),
    el("section", {}, el("h2", {}, "By order, and by whether what is believed is so"), table(["", { text: "n", n: true }, { text: "all", n: true }, ...truths.map((t) => ({ text: t, n: true }))], byOrder)),
    run.findings.length ? el("section", {}, el("h2", {}, "What is amiss with lines"), el("ul", {}, ...run.findings.map((f) => el("li", {}, el("span", { class: "flag" }, f.kind), ` beat ${f.beat}, ${title(run, f.speaker ?? "")}: ${f.explanation}`)))) : null,
  ];
}

function heat(run) {
  const rows = Object.entries(run.scores.minds);
  if (!rows.length) return el("p", {}, "No decided answer tells minds apart.");
  const order = ["own", "reality", "narrator", "author", ...run.cast, "none"];
  const columns = order.filter((m) => rows.some(([, r]) => r.shares[m] || r.chance[m]));
  const made = rows.map(([voice, r]) =>
    el("tr", {}, el("th", { scope: "row" }, title(run, voice)), el("td", { class: "n" }, `${r.n}`),
      ...columns.map((m) => {
        const share = r.shares[m] ?? null, hue = m === "own" ? "var(--right)" : "var(--wrong)";
        if (share === null) return el("td", {}, "");
        return el("td", { style: `background: color-mix(in srgb, ${hue} ${Math.round(70 * share)}%, transparent)` }, percent(share), el("small", {}, `(${percent(r.chance[m])})`));
      })));
  return table(["voice", { text: "n", n: true }, ...columns.map((m) => (m === "own" || m === "none" ? m : title(run, m)))], made, "heat");
}

const MANNERS = { thought: " (thinks) ", act: " (chooses) ", author: " (chooses) " };

function playView(run, state) {
  const colours = hues(run.minds);
  const lines = run.lines.map((line) => {
    const who = line.speaker ? title(run, line.speaker) : "";
    const style = line.speaker && line.kind !== "event" ? `border-color: hsl(${colours.get(line.speaker) ?? 0} 45% 55%)` : null;
    const manner = line.to.length ? ` (to ${line.to.map((n) => title(run, n)).join(", ")}) ` : MANNERS[line.kind] ?? " ";
    const words = line.kind === "event" || (line.kind === "speech" && !line.performed) ? [line.text]
      : [el("span", { class: "who" }, who), manner, el("span", { class: line.flags.some((f) => f[0] === "leak") ? "leaky" : null }, line.text)];
    return el("button", { class: `line ${line.kind}${line.beat === state.beat ? " now" : ""}`, style, "data-beat": line.beat, onclick: () => lineDetails(run, line) },
      el("span", { class: "beat" }, `${line.beat}`), ...words, ...line.flags.map((f) => el("span", { class: "flag", title: f[1] }, f[0])));
  });
  return [el("p", { class: "soft" }, "Choose a line to see who noticed it, and what was found in it."), el("div", { class: "script" }, ...lines)];
}

function lineDetails(run, line) {
  const names = (list) => (list.length ? list.map((n) => title(run, n)).join(", ") : "nobody");
  const away = run.cast.filter((n) => !line.audience.includes(n) && !line.partly.includes(n));
  const rows = [["Beat", `${line.beat}`], ["Noticed by", names(line.audience)], ["Noticed in part by", names(line.partly)], ["Not noticed by", names(away)]];
  if (line.act || (line.kind === "speech" && line.performed)) rows.push(["Chosen to state", line.act || "nothing"]);
  if (line.probability !== null) rows.push(["Probability of that choice", fixed(line.probability)]);
  details(`Line of beat ${line.beat}`, el("p", { class: "script" }, line.text), el("dl", {}, ...rows.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
    line.flags.length ? el("ul", {}, ...line.flags.map((f) => el("li", {}, el("span", { class: "flag" }, f[0]), ` ${f[1]}`))) : null);
}

const at = (spans, beat) => spans.findLast((span) => span.from <= beat) ?? null;

function mindsView(run, state) {
  if (!run.fluents.length) return [el("p", {}, "Nothing in this scene is in question.")];
  const fluent = run.fluents.includes(state.fluent) ? state.fluent : run.fluents[0];
  const minds = run.timeline[fluent], last = run.beats, shades = hues(run.values[fluent]);
  const reality = minds.reality;
  const rows = run.rows.map((mind) => {
    const spans = minds[mind] ?? [];
    const cuts = [...new Set([0, ...spans.map((s) => s.from), ...reality.map((s) => s.from)])].sort((a, b) => a - b);
    const cells = cuts.map((from, i) => {
      const until = cuts[i + 1] ?? last + 1, span = at(spans, from), so = at(reality, from);
      const text = span && span.status ? (span.status === "one of" ? span.values.join(" or ") : span.status === "whether" ? "knows which" : span.values[0]) : "";
      const isFalse = span?.status === "known" && so?.status === "known" && span.values[0] !== so.values[0];
      const shade = span?.status === "known" ? `--shade: hsl(${shades.get(span.values[0]) ?? 0} 48% 72%)` : null;
      const now = state.beat >= from && state.beat < until;
      return el("td", { colspan: until - from, class: now ? "now" : null },
        el("button", { class: `${text ? "" : "none"}${isFalse ? " false" : ""}`, style: shade, title: `beats ${from} to ${until - 1}: ${text || "no belief"}${isFalse ? " (false)" : ""}`, onclick: () => beliefDetails(run, mind, fluent, from, span, isFalse) }, text ? (isFalse ? `✗ ${title(run, text)}` : title(run, text)) : "·"));
    });
    return el("tr", {}, el("th", { scope: "row" }, title(run, mind)), ...cells);
  });
  const every = Math.ceil((last + 1) / 40);
  const head = el("tr", {}, el("th", {}, ""), ...Array.from({ length: Math.ceil((last + 1) / every) }, (_, i) => el("th", { class: "n", colspan: Math.min(every, last + 1 - i * every) }, i === 0 ? "start" : `${i * every}`)));
  return [
    el("div", { class: "controls" }, chooser("About", run.fluents, fluent, (f) => show({ fluent: f })), scrubber(run, state)),
    el("p", { class: "soft" }, "What each mind believes after each beat. Marked ✗ and underlined: believed and not so. Choose a cell for the reasons."),
    run.note ? el("p", { class: "undecided" }, run.note) : null,
    el("div", { class: "scroll" }, el("table", { class: "timeline" }, el("thead", {}, head), el("tbody", {}, ...rows))),
  ];
}

function beliefDetails(run, mind, fluent, beat, span, isFalse) {
  const what = span && span.status ? `${span.status === "one of" ? "one of " : ""}${span.values.join(", ") || "knows which"}` : "no belief";
  details(`${title(run, mind)}: ${fluent}`, el("p", {}, `After beat ${beat}: ${what}${isFalse ? ", which is not so" : ""}.`),
    span && span.steps.length ? el("ul", {}, ...span.steps.map((s) => el("li", {}, s))) : el("p", { class: "soft" }, "Nothing told this mind of it."));
}

function graphsView(run, state) {
  const keys = Object.keys(run.graphs), key = keys.includes(state.viewpoint) ? state.viewpoint : keys.find((k) => k.includes(">")) ?? keys[0];
  const names = key === "reality" ? [] : key.split(">");
  const expected = [], real = run.graphs.reality;
  for (const [fluent, spans] of Object.entries(run.graphs[key])) {
    const span = at(spans, state.beat);
    if (!span || !span.status) continue;
    const so = at(real[fluent] ?? [], state.beat);
    for (const value of span.status === "whether" ? ["?"] : span.values) {
      const wrong = span.status === "known" && so && so.status === "known" && so.values[0] !== value;
      const why = `${span.source}${span.by ? ` by ${span.by}` : ""}, beat ${span.beat}`;
      expected.push({ ...split(fluent), value, style: span.status, mark: wrong ? "var(--wrong)" : null, note: `${fluent} ${value}: ${why}${wrong ? "; not so" : ""}` });
    }
  }
  const elicited = run.probes.filter((p) => p.beat === state.beat && p.viewpoint.join(">") === names.join(">") && p.answer !== undefined).map((p) => ({
    ...split(p.about), value: said(p.answer), style: p.outcome === "undecided" ? "one of" : "known", mark: isPlaceOfRight(p) ? "var(--right)" : p.outcome === "undecided" ? "var(--open)" : "var(--wrong)",
    note: `${p.about}: answered ${said(p.answer)} (${percent(p.probability)} %), right ${said(p.expected)}`,
  }));
  const titled = (e) => ({ ...e, subject: title(run, e.subject), value: title(run, e.value) });
  const asked = [...new Set(run.probes.filter((p) => p.viewpoint.join(">") === names.join(">")).map((p) => p.beat))];
  return [
    el("div", { class: "controls" }, chooser("Viewpoint", keys, key, (v) => show({ viewpoint: v }), (k) => (k === "reality" ? "reality" : viewpointName(run, k.split(">")))), scrubber(run, state)),
    el("div", { class: "grid" },
      el("section", {}, el("h2", {}, "Expected: what follows"), el("p", { class: "soft" }, "Red: believed and not so. Dashed: open."), expected.length ? graph(expected.map(titled), "expected beliefs") : el("p", {}, "No beliefs yet.")),
      el("section", {}, el("h2", {}, "Elicited: what the stage answered"), el("p", { class: "soft" }, "Green: as expected. Red: otherwise. Dashed: undecided."), elicited.length ? graph(elicited.map(titled), "elicited beliefs") : el("p", {}, asked.length ? `Not asked after beat ${state.beat}; asked after ${asked.join(", ")}.` : "Never asked.")),
    ),
  ];
}

const split = (fluent) => ({ subject: fluent.slice(0, fluent.indexOf(" ")), relation: fluent.slice(fluent.indexOf(" ") + 1) });

const SHOWN_AT_ONCE = 200;

function probesView(run, state) {
  const f = state.filter, words = f.words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = run.probes.filter((p) => (!f.outcome || p.outcome === f.outcome) && (f.order === "" || `${p.viewpoint.length}` === f.order) && (!f.voice || p.voice === f.voice) && words.every((w) => p.text.includes(w)));
  const rows = found.slice(0, state.rows).map((p) => {
    const open = () => probeDetails(run, p);
    return el("tr", { class: "open", tabindex: 0, onclick: open, onkeydown: (e) => (e.key === "Enter" ? open() : null) },
      el("td", { class: "n" }, `${p.beat}`), el("td", {}, `${viewpointName(run, p.viewpoint)}: ${p.about}`), el("td", {}, said(p.expected)),
      el("td", {}, el("span", { class: "bar", style: `width: ${Math.round(40 * (p.probability ?? 0))}px` }), ` ${said(p.answer)}`), el("td", { class: p.outcome }, p.outcome === "other" ? `other: ${p.mind.split("|").map((m) => title(run, m)).join(", ")}` : p.outcome));
  });
  const select = (label, key, values) => chooser(label, ["", ...values], f[key], (v) => show({ filter: { ...f, [key]: v }, rows: SHOWN_AT_ONCE }), (v) => v || "any");
  const search = el("input", { type: "search", id: "search", placeholder: "words …  ( / )", value: f.words, "aria-label": "Search", oninput: (e) => show({ filter: { ...f, words: e.target.value }, rows: SHOWN_AT_ONCE }, "search") });
  return [
    el("div", { class: "controls" }, search, select("Verdict", "outcome", [...new Set(run.probes.map((p) => p.outcome))]), select("Order", "order", [...new Set(run.probes.map((p) => `${p.viewpoint.length}`))].sort()), select("Voice", "voice", [...new Set(run.probes.map((p) => p.voice))]), el("span", { class: "soft", id: "count" }, `${found.length} of ${run.probes.length}`)),
    table([{ text: "beat", n: true }, "question", "right", "answer", "verdict"], rows, "probes"),
    found.length > state.rows ? el("button", { class: "button", onclick: () => show({ rows: state.rows + SHOWN_AT_ONCE }) }, `Show more of ${found.length}`) : null,
  ];
}

async function probeDetails(run, p) {
  const options = p.options.map((o, i) => el("tr", {}, el("td", {}, said(o), o === p.expected ? " ✓" : ""), el("td", { class: "n" }, percent(p.probabilities[i])), el("td", {}, el("span", { class: "bar", style: `width: ${Math.round(160 * (p.probabilities[i] ?? 0))}px` }))));
  const holder = el("div", {}, el("p", { class: "soft" }, "Reading the prompts …"));
  details(`${viewpointName(run, p.viewpoint)}: ${p.about}`, el("p", {}, p.question), el("p", { class: p.outcome }, `${p.outcome}: ${p.explanation}`), table(["option", { text: "%", n: true }, ""], options),
    el("p", { class: "soft" }, `asked of ${title(run, p.voice)} after beat ${p.beat}; margin ${fixed(p.margin)} nats over ${p.variants.length} wordings`),
    el("h2", {}, "Why this is right"), el("ul", {}, ...run.derivations[p.derivation].map((s) => el("li", {}, s))), el("h2", {}, "Exact prompt"), holder);
  const text = await texts(run);
  const shown = el("pre", {}, text(p.variants[0]?.prompt) ?? "The prompt was not kept.");
  const pick = chooser("Wording", p.variants.map((_, i) => `${i}`), "0", (i) => { shown.textContent = text(p.variants[i].prompt) ?? ""; }, (i) => p.variants[i].name);
  holder.replaceChildren(el("div", { class: "controls" }, pick), shown);
}

function runView(run) {
  const rows = Object.entries(run.manifest).flatMap(([k, v]) => (v !== null && typeof v === "object" ? Object.entries(v).map(([n, w]) => [`${k}: ${n}`, w]) : [[k, v]]));
  return [el("dl", {}, ...rows.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, typeof v === "object" ? JSON.stringify(v) : `${v}`)])), el("h2", {}, "The scene"), el("pre", {}, run.scene)];
}

function compareView(data) {
  return data.comparison.contrasts.map((c) => el("section", {}, el("h2", {}, `${c.run} against ${data.comparison.baseline}`), el("p", {}, c.sentence),
    el("dl", {}, ...c.figures.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
    el("div", { class: "grid" }, ...["fixed", "broke"].map((kind) => el("div", {}, el("h2", {}, `${kind === "fixed" ? "Fixed" : "Broke"} ${c[kind].length}`), el("ul", {}, ...c[kind].slice(0, 200).map((id) => el("li", {}, id))))))));
}
