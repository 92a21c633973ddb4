"use strict";
// The page of `azchat web`. What a model said comes as text, which stays text, or as HTML that
// azchat made of its Markdown: `html` is the only way in for that, and the policy knows no other.

const $ = (id) => document.getElementById(id);
const html = window.trustedTypes
  ? ((policy) => (text) => policy.createHTML(text))(trustedTypes.createPolicy("azchat", { createHTML: (text) => text }))
  : (text) => text;

const state = {
  secret: "", session: null, running: null, replacing: null, files: [], drafts: new Map(),
  turns: new Map(), earlier: false, stream: null, limit: 100, opens: null, epoch: 0,
};

function make(tag, about = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// -- the server ----------------------------------------------------------------------------

async function call(path, body) {
  const about = { headers: { "azchat-secret": state.secret } };
  if (body) {
    about.method = "POST";
    about.headers["content-type"] = "application/json";
    about.body = JSON.stringify(body);
  }
  let reply, told;
  try {
    reply = await fetch(path, about);
    told = await reply.json();
  } catch {
    throw { what: "azchat web does not answer", hint: "is it still running in the terminal?" };
  }
  if (reply.status === 401) locked();
  if (!reply.ok) throw told.error || { what: `it failed (${reply.status})`, hint: "" };
  return told;
}

async function enter() {
  const given = location.hash.slice(1);
  const channel = new BroadcastChannel("azchat"); // of this very origin: our own other tabs
  if (given.startsWith("ticket=")) {
    const told = await call("/api/enter", { ticket: given.slice(7) }).catch(() => ({}));
    state.secret = told.secret || "";
  } else if (given && !given.startsWith("/")) {
    state.secret = given;
  }
  if (given && !given.startsWith("/")) history.replaceState(null, "", "/");
  state.secret ||= sessionStorage.getItem("secret") || "";
  if (!state.secret) {
    state.secret = await new Promise((resolve) => {
      channel.onmessage = ({ data }) => data.secret && resolve(data.secret);
      channel.postMessage({ wanted: true });
      setTimeout(() => resolve(""), 400);
    });
  }
  sessionStorage.setItem("secret", state.secret);
  channel.onmessage = ({ data }) => {
    if (data.wanted && state.secret) channel.postMessage({ secret: state.secret });
  };
  return Boolean(state.secret);
}

function locked() {
  sessionStorage.removeItem("secret");
  state.secret = "";
  $("hello").hidden = false;
  $("hello").replaceChildren(
    make("h2", {}, "This page is locked"),
    make("p", {}, "Open the link that azchat web shows in the terminal."),
  );
  $("compose").hidden = true;
}

// -- what is told --------------------------------------------------------------------------

function trouble(error) {
  $("trouble").hidden = !error;
  if (error) $("trouble").replaceChildren(make("b", {}, error.what || String(error)), error.hint ? ` ${error.hint}` : "");
}

function say(text) {
  $("status").textContent = text;
}

async function doing(work) {
  trouble(null);
  try {
    return await work();
  } catch (error) {
    trouble(error);
    return null;
  }
}

// -- the list ------------------------------------------------------------------------------

async function list() {
  const query = $("search").value.trim();
  const told = await call(`/api/sessions?q=${encodeURIComponent(query)}&limit=${state.limit}`).catch(() => null);
  if (!told || query !== $("search").value.trim()) return;
  const rows = told.sessions.map((info) => {
    const link = make("a", { href: `#/${info.id}`, className: "session" },
      make("span", { className: "name" }, info.name || info.title || "…"),
      make("span", { className: "about" }, info.found || [info.when, info.model].filter(Boolean).join(" · ")));
    if (info.id === state.session) link.setAttribute("aria-current", "page");
    link.dataset.id = info.id;
    return make("li", {}, link);
  });
  if (!rows.length) rows.push(make("li", { className: "nothing" }, query ? "Nothing is found" : "Nothing was asked yet"));
  if (told.more) {
    const more = make("button", { type: "button", className: "soft" }, "More");
    more.onclick = () => { state.limit += 200; list(); };
    rows.push(make("li", {}, more));
  }
  $("list").replaceChildren(...rows);
}

function showSide(open) {
  document.body.classList.toggle("side", open);
  $("shade").hidden = !open;
  $("menu").setAttribute("aria-expanded", open);
  if (open) $("search").focus();
}

// -- a conversation ------------------------------------------------------------------------

function keepDraft() {
  state.drafts.set(state.session, $("text").value);
}

function title(text) {
  $("title").textContent = text;
  document.title = text === "New conversation" ? "azchat" : `${text} · azchat`;
}

async function open(session) {
  keepDraft();
  state.stream?.abort();
  const epoch = ++state.epoch;
  Object.assign(state, { session, running: null, stream: null });
  state.turns.clear();
  replace(null);
  $("turns").replaceChildren();
  $("earlier").hidden = true;
  $("export").hidden = session === null;
  $("hello").hidden = session !== null;
  $("text").value = state.drafts.get(session) || "";
  grow();
  running(null);
  for (const link of document.querySelectorAll(".session")) {
    if (Number(link.dataset.id) === session) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showSide(false);
  history.replaceState(null, "", session === null ? "/" : `#/${session}`);
  if (session === null) return title("New conversation");
  await doing(() => load());
  if (epoch !== state.epoch) return;
  toEnd();
  follow(session, epoch);
}

// Fetches turns: the latest, those from `since` on, or those before `until`.
async function load(range = "") {
  const session = state.session, epoch = state.epoch;
  const told = await call(`/api/sessions/${session}${range}`);
  if (epoch !== state.epoch) return;
  title(told.name || told.title);
  for (const name of ["model", "effort", "dialect"]) if (!range) $(name).value = told[name] || (name === "dialect" ? "auto" : "");
  for (const [id, turn] of state.turns) {
    if (!told.ids.includes(id)) { turn.element.remove(); state.turns.delete(id); }
  }
  for (const turn of told.turns) show(turn);
  const first = state.turns.keys().next().value;
  $("earlier").hidden = !told.ids.length || Math.min(...state.turns.keys()) === told.ids[0] || first === undefined;
  running(told.running);
  marks();
}

async function follow(session, epoch) {
  while (epoch === state.epoch) {
    const stop = state.stream = new AbortController();
    try {
      const reply = await fetch(`/api/sessions/${session}/events`, { headers: { "azchat-secret": state.secret }, signal: stop.signal });
      if (!reply.ok) throw reply.status;
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        const near = isNearEnd();
        for (const event of events) {
          if (epoch === state.epoch && event.startsWith("data: ")) await happen(JSON.parse(event.slice(6)));
        }
        if (near) toEnd();
      }
    } catch {
      if (epoch !== state.epoch) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const recent = () => `?since=${Math.min(...[...state.turns.keys()].slice(-1), 1e15)}`;

async function happen(op) {
  if (op.do === "begin") {
    if (!state.turns.has(op.turn)) await load(`?since=${op.turn}`);
    const turn = state.turns.get(op.turn);
    if (!turn) return;
    turn.sections = [];
    turn.answer.replaceChildren(turn.wait);
    turn.began = performance.now() - op.ago * 1000;
    turn.isLive = true;
    running(op.turn);
  } else if (op.do === "section") {
    const turn = state.turns.get(state.running);
    if (turn) put(turn, op);
  } else if (op.do === "end") {
    await load(`?since=${op.turn}`);
    running(null);
    const turn = state.turns.get(op.turn);
    say(turn?.told.mark ? `Answer ${turn.told.mark}` : "The answer is whole");
    list();
  } else if (op.do === "changed") {
    await load(state.turns.size ? recent() : "");
    list();
  } else if (op.do === "idle" && state.running) {
    await load(recent());
  }
}

function running(turn) {
  state.running = turn || null;
  $("send").hidden = Boolean(turn);
  $("stop").hidden = !turn;
}

// -- a turn --------------------------------------------------------------------------------

const button = (text, about, work) => {
  const made = make("button", { type: "button", className: "soft", title: about }, text);
  made.onclick = work;
  return made;
};

function show(told) {
  const before = state.turns.get(told.id);
  const turn = { id: told.id, told, sections: [], isLive: false, folds: before?.folds || new Map() };
  const question = make("section", { className: "question", ariaLabel: "Question" });
  if (told.question) question.append(make("div", { className: "said" }, told.question.trim()));
  for (const part of told.parts) question.append(attached(part));
  turn.wait = make("p", { className: "wait" }, make("i", { className: "dot" }), make("span", {}, "Waiting"));
  turn.answer = make("section", { className: "answer", ariaLabel: "Answer" });
  turn.foot = make("footer", {});
  turn.element = make("article", { tabIndex: -1 }, question, turn.answer, turn.foot);
  turn.element.dataset.id = told.id;
  told.sections.forEach((section, at) => put(turn, { at, ...section }));
  if (told.mark && told.state !== "streaming") turn.answer.append(make("p", { className: "mark" }, told.mark));
  if (told.state === "streaming" && !told.sections.length) turn.answer.append(turn.wait);
  foot(turn);
  state.turns.set(told.id, turn);
  if (before) before.element.replaceWith(turn.element);
  else {
    const later = [...$("turns").children].find((other) => Number(other.dataset.id) > told.id);
    $("turns").insertBefore(turn.element, later || null);
  }
}

function foot(turn) {
  const { told } = turn;
  const facts = [told.cost || told.model, told.effort && `effort ${told.effort}`].filter(Boolean).join(" · ");
  turn.foot.replaceChildren(make("span", { className: "facts", title: told.at }, facts));
  if (told.state === "streaming") return;
  const tools = make("span", { className: "tools" },
    button("Copy", "Copy the answer (c)", () => copyAnswer(turn)),
    button("Edit", "Edit the question (e)", () => edit(turn)),
    button("Fork", "A copy of the conversation up to here (f)", () => fork(turn)));
  const again = button("Retry", "Ask again (r)", () => retry(turn));
  again.classList.add("last");
  tools.append(again);
  if (told.may_continue) {
    const on = button("Continue", "Go on with this answer (g)", goOn);
    on.classList.add("last");
    tools.append(on);
  }
  turn.foot.append(tools);
}

// Marks the last turn: what may be asked again.
function marks() {
  const last = lastTurn();
  for (const turn of state.turns.values()) turn.element.classList.toggle("latest", turn === last);
}

const inOrder = () => [...state.turns.values()].sort((one, other) => one.id - other.id);
const lastTurn = () => inOrder().pop();

function attached(part) {
  if (part.kind === "picture") return make("img", { src: part.url, alt: part.name });
  if (part.kind === "link") {
    const safe = /^https?:/i.test(part.url);
    return make("p", {}, safe ? make("a", { href: part.url, rel: "noopener noreferrer" }, part.name) : part.name);
  }
  return fold(part.name, make("pre", { className: "said call" }, part.text));
}

const fold = (label, ...body) => make("details", {}, make("summary", {}, label), ...body);

function put(turn, op) {
  turn.wait.remove();
  let section = turn.sections[op.at];
  if (!section) {
    section = turn.sections[op.at] = { kind: op.kind, ...kinds[op.kind](turn, op) };
    if (section.element) turn.answer.append(section.element);
  }
  section.take(op);
}

const seconds = (count) => count < 60 ? `${count.toFixed(1)} s` : `${Math.floor(count / 60)} min ${Math.round(count % 60)} s`;
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const kinds = {
  thinking(turn, first) {
    const label = make("span", {}, "Thinking");
    const said = make("div", { className: "said" });
    let size = Infinity, text = null;
    // In pieces: a browser lays the whole of a text out again when something is added to it.
    const add = (more) => {
      if (size > 20000) { said.append(make("div", { className: "plain" }, text = document.createTextNode(""))); size = 0; }
      text.appendData(more);
      size += more.length;
    };
    const element = make("details", { className: "thinking" },
      make("summary", { title: "Open or fold (t)" }, make("i", { className: "dot" }), label), said);
    const at = first.at;
    let kept = turn.folds.get(at);
    element.open = kept ?? Boolean(first.is_live && state.opens !== false);
    element.firstChild.addEventListener("click", () => { kept = !element.open; turn.folds.set(at, kept); state.opens = kept; });
    let began = 0, tokens = first.tokens || 0, isLive = false;
    const about = () => {
      const time = isLive ? (performance.now() - began) / 1000 : first.seconds;
      const known = time !== null && time !== undefined;
      const took = known ? `${isLive ? " ·" : " for"} ${seconds(time)}` : "";
      label.textContent = `${isLive ? "Thinking" : "Thought"}${took}${tokens ? ` · ${plural(tokens, "token")}` : ""}`;
    };
    return {
      element, about,
      fold(open) { kept = element.open = open ?? !element.open; turn.folds.set(at, kept); state.opens = kept; },
      take(op) {
        if (op.tokens !== undefined) tokens = op.tokens;
        if (op.ago !== undefined && op.is_live) began ||= performance.now() - op.ago * 1000;
        if (op.seconds !== undefined) first.seconds = op.seconds;
        if (op.is_live !== undefined && op.is_live !== isLive) {
          isLive = op.is_live;
          element.classList.toggle("live", isLive);
          if (!isLive && kept === undefined) element.open = false;
          if (isLive) say("Thinking");
        }
        for (const more of op.more || []) add(more);
        about();
      },
    };
  },
  text(turn) {
    const settled = make("div", { className: "settled" }), last = make("div", { className: "open", ariaHidden: "true" });
    if (turn.isLive) settled.setAttribute("aria-live", "polite");
    return {
      element: make("div", { className: "text" }, settled, last),
      take(op) {
        if (op.more?.length) {
          settled.insertAdjacentHTML("beforeend", html(op.more.join("")));
          for (const code of settled.querySelectorAll(".code:not(.has-copy)")) copyable(code);
        }
        if (op.open !== undefined) last.innerHTML = html(op.open);
      },
    };
  },
  call(turn, { name, arguments: given }) {
    const element = make("details", { className: "tool" },
      make("summary", {}, make("span", { className: "arrow" }, "→ "), make("b", {}, name), ` ${shortened(given)}`), make("pre", { className: "said call" }, given));
    return { element, take() {} };
  },
  result(turn, { text }) {
    const element = make("details", { className: "tool result" },
      make("summary", {}, make("span", { className: "arrow" }, "← "), shortened(text)), make("pre", { className: "said call" }, text));
    return { element, take() {} };
  },
  notice: (turn, { text }) => ({ element: make("p", { className: "line" }, text), take() {} }),
  error: (turn, { text, hint }) => ({
    element: make("p", { className: "line error", role: "alert" }, make("b", {}, text), hint ? make("span", {}, ` ${hint}`) : null), take() {},
  }),
  ask: consent,
};

const shortened = (text, most = 90) => { const line = text.replace(/\s+/g, " "); return line.length > most ? `${line.slice(0, most - 1)}…` : line; };

function consent(turn, asked) {
  const given = make("textarea", { value: asked.arguments, readOnly: true, rows: Math.min(12, asked.arguments.split("\n").length), spellcheck: false, ariaLabel: "Arguments" });
  const why = make("input", { placeholder: "Why not? The model is told", ariaLabel: "Why not" });
  const wrong = make("p", { className: "wrong", role: "alert", hidden: true });
  const element = make("section", { className: "consent", role: "group", ariaLabel: `The model wants to call ${asked.name}`, tabIndex: -1 });
  const answer = async (word) => {
    const edited = given.readOnly ? null : given.value;
    const body = { call: asked.call, answer: word, reason: why.value, arguments: edited };
    try {
      await call(`/api/sessions/${state.session}/consent`, body);
      $("text").focus();
    } catch (error) {
      wrong.hidden = false;
      wrong.textContent = `${error.what} ${error.hint || ""}`;
    }
  };
  const change = () => { given.readOnly = !asked.may_edit; given.focus(); };
  const answers = { y: () => answer("once"), s: () => answer("session"), a: () => answer("always"), e: change, n: () => answer("no") };
  const buttons = make("div", { className: "row" },
    button("Run once", "y", answers.y), button("While azchat runs", "s", answers.s), button("Always", "a", answers.a),
    asked.may_edit ? button("Edit", "e", change) : null, button("No", "n", answers.n), why);
  buttons.firstChild.classList.add("main");
  element.append(make("p", {}, "The model wants to call ", make("b", {}, asked.name), make("span", { className: "quiet" }, ` (${asked.origin})`)),
    make("div", { className: "both" }, given, asked.thinking
      ? make("div", { className: "said beside", tabIndex: 0, role: "group", ariaLabel: "Its thinking" }, asked.thinking.slice(-4000)) : null),
    asked.touches ? make("p", { className: "quiet" }, `It can ${asked.touches}.`) : "", wrong, buttons);
  const since = performance.now();
  element.addEventListener("keydown", (event) => {
    if (performance.now() - since < 700) return event.preventDefault(); // it was meant for the question
    const typing = event.target === why || (event.target === given && !given.readOnly);
    if (event.target === why && event.key === "Enter") answers.n();
    else if (typing || event.ctrlKey || event.metaKey || event.altKey || !answers[event.key]) return;
    else answers[event.key]();
    event.preventDefault();
    event.stopPropagation();
  });
  const words = { once: "run once", session: "run, and while azchat runs", always: "always run", no: "not run" };
  return {
    element,
    take(op) {
      if (op.answer) {
        element.replaceChildren(make("p", { className: "quiet" }, make("b", {}, asked.name), `: ${words[op.answer]}${op.edited ? ", arguments edited" : ""}`));
        element.classList.add("answered");
      } else if (!$("text").value) {
        setTimeout(() => element.focus({ preventScroll: false }));
        say(`The model wants to call ${asked.name}`);
      }
    },
  };
}

setInterval(() => {
  const turn = state.turns.get(state.running);
  if (!turn?.isLive) return;
  for (const section of turn.sections) section?.about?.();
  turn.wait.lastChild.textContent = `Waiting · ${seconds((performance.now() - turn.began) / 1000)}`;
}, 200);

// -- what can be done ----------------------------------------------------------------------

async function copy(text, from) {
  await navigator.clipboard.writeText(text);
  say("Copied");
  if (!from) return;
  const before = from.textContent;
  from.textContent = "Copied";
  setTimeout(() => { from.textContent = before; }, 1200);
}

function copyable(code) {
  code.classList.add("has-copy");
  const made = button("Copy", "Copy this block", () => doing(() => copy(code.querySelector("code").textContent, made)));
  made.classList.add("copy");
  code.append(made);
}

const copyAnswer = (turn) => doing(async () => {
  const told = await call(`/api/sessions/${state.session}/answer?turn=${turn.id}`);
  await copy(told.text, turn.foot.querySelector(".tools button"));
});

function wishes() {
  return { model: $("model").value.trim(), effort: $("effort").value, dialect: $("dialect").value };
}

async function ask(body, path = "/api/ask") {
  const told = await doing(() => call(path, { ...wishes(), ...body }));
  if (!told) return false;
  state.opens = null;
  if (told.session !== state.session) {
    keepDraft();
    state.drafts.delete(null);
    await open(told.session);
  } else {
    await doing(() => load(`?since=${told.turn}`));
    toEnd();
  }
  list();
  return true;
}

async function send() {
  const text = $("text").value, files = state.files;
  if (state.running || (!text.trim() && !files.length)) return;
  const body = { session: state.session, text, files: files.map(({ name, data }) => ({ name, data })) };
  if (state.replacing) body.replaces = state.replacing;
  $("text").value = "";
  state.files = [];
  const replacing = state.replacing;
  replace(null);
  chips();
  grow();
  if (!(await ask(body))) {
    $("text").value = text;
    state.files = files;
    replace(replacing ? state.turns.get(replacing) : null, false);
    chips();
    grow();
  }
}

const retry = (turn) => ask({ session: state.session, replaces: turn.id });
const goOn = () => ask({ session: state.session }, `/api/sessions/${state.session}/continue`);
const stop = () => state.running && doing(() => call(`/api/sessions/${state.session}/stop`, {}));
const fork = (turn) => doing(async () => {
  const told = await call(`/api/sessions/${state.session}/fork`, { turn: turn.id });
  await open(told.session);
  list();
  say("This is a copy now");
});

function edit(turn) {
  $("text").value = turn.told.question;
  replace(turn);
  grow();
  $("text").focus();
}

function replace(turn) {
  state.replacing = turn?.id || null;
  $("replacing").hidden = !turn;
  if (!turn) return;
  const later = inOrder().filter((other) => other.id > turn.id).length;
  const parts = turn.told.parts.length ? " What is attached to it stays." : "";
  $("replacing").firstChild.textContent = `Takes the place of this question${later ? ` and of ${plural(later, "turn")} after it` : ""}.${parts}`;
}

const save = (form) => doing(async () => {
  const told = await call(`/api/sessions/${state.session}/export?form=${form}`);
  const url = URL.createObjectURL(new Blob([told.text], { type: "text/plain;charset=utf-8" }));
  make("a", { href: url, download: told.name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
});

// -- the composer --------------------------------------------------------------------------

function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, innerHeight * 0.4)}px`;
}

async function take(files) {
  for (const file of files) {
    const data = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).split(",")[1] || "");
      reader.onerror = () => resolve("");
      reader.readAsDataURL(file);
    });
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : "";
    state.files.push({ name: file.name || "pasted", data, picture });
  }
  chips();
}

function chips() {
  $("files").hidden = !state.files.length;
  $("files").replaceChildren(...state.files.map((file) => {
    const away = button("×", `Remove ${file.name}`, () => { state.files = state.files.filter((one) => one !== file); chips(); });
    away.setAttribute("aria-label", `Remove ${file.name}`);
    return make("li", {}, file.picture ? make("img", { src: file.picture, alt: "" }) : null, make("span", {}, file.name), away);
  }));
}

const talk = $("talk");
const isNearEnd = () => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120;
function toEnd() {
  talk.scrollTop = talk.scrollHeight;
}

// -- keys ----------------------------------------------------------------------------------

function current() {
  const focused = document.activeElement?.closest?.("article");
  return (focused && state.turns.get(Number(focused.dataset.id))) || lastTurn();
}

function step(by) {
  const turns = inOrder(), at = turns.indexOf(current());
  const focused = document.activeElement?.closest?.("article");
  const next = turns[focused ? at + by : turns.length - 1];
  next?.element.focus();
  next?.element.scrollIntoView({ block: "start" });
}

function stepSession(by) {
  const links = [...document.querySelectorAll(".session")];
  const at = links.findIndex((link) => Number(link.dataset.id) === state.session);
  const next = links[at < 0 ? 0 : at + by];
  if (next) open(Number(next.dataset.id));
}

const isOver = (turn) => Boolean(turn) && turn.told.state !== "streaming";
const keys = {
  i: () => $("text").focus(),
  n: () => { open(null); $("text").focus(); },
  "/": () => { if (innerWidth < 800) showSide(true); $("search").focus(); },
  t: () => current()?.sections.findLast((section) => section.kind === "thinking")?.fold(),
  j: () => step(1),
  k: () => step(-1),
  c: () => current() && copyAnswer(current()),
  r: () => !state.running && isOver(lastTurn()) && retry(lastTurn()),
  e: () => !state.running && isOver(current()) && edit(current()),
  g: () => lastTurn()?.told.may_continue && goOn(),
  f: () => current() && fork(current()),
  x: () => state.session !== null && $("forms").showPopover(),
  "[": () => stepSession(-1),
  "]": () => stepSession(1),
  "?": () => $("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "Escape") {
    if (document.body.classList.contains("side")) showSide(false);
    else if (state.replacing) { replace(null); $("text").value = ""; grow(); }
    else if (state.running) stop();
    else if (isTyping) event.target.blur();
  } else if (!isTyping && keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
$("text").addEventListener("input", grow);
$("text").addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); }
});
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("drop"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("drop"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("drop");
  take(event.dataTransfer.files);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link?.classList.contains("session") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(Number(link.dataset.id));
  } else if (link && !link.download && !link.classList.contains("session")) link.target = "_blank";
});
$("compose").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("stop").onclick = stop;
$("new").onclick = keys.n;
$("menu").onclick = () => showSide(true);
$("shade").onclick = () => showSide(false);
$("keys").onclick = keys["?"];
$("attach").onclick = () => $("pick").click();
$("pick").onchange = () => { take($("pick").files); $("pick").value = ""; };
$("earlier").onclick = () => doing(async () => {
  const height = talk.scrollHeight;
  await load(`?until=${Math.min(...state.turns.keys())}`);
  talk.scrollTop += talk.scrollHeight - height;
});
$("replacing").lastElementChild.onclick = () => { replace(null); $("text").value = ""; grow(); };
for (const one of $("forms").children) one.onclick = () => { $("forms").hidePopover(); save(one.dataset.form); };
let searching = 0;
$("search").addEventListener("input", () => { clearTimeout(searching); searching = setTimeout(list, 150); });
addEventListener("focus", () => state.secret && list());

(async () => {
  const wanted = location.hash.startsWith("#/") ? Number(location.hash.slice(2)) : null;
  if (!(await enter())) return locked();
  const about = await doing(() => call("/api/about"));
  if (!about) return;
  $("models").append(...about.models.map((name) => make("option", { value: name })));
  $("effort").append(...about.efforts.map((word) => make("option", {}, word)));
  for (const name of ["model", "effort", "dialect"]) $(name).value = about[name];
  $("place").textContent = [about.endpoint, about.tools.length && plural(about.tools.length, "tool"), `azchat ${about.version}`].filter(Boolean).join(" · ");
  list();
  if (wanted) open(wanted);
  $("text").focus();
})();
