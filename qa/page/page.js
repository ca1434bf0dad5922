// The page: asking, the conversation, the lists. The program renders all HTML, and escapes every text in it.

const $ = (selector) => element.querySelector(selector);
const turns = $(".turns");
const box = $("#question");
const shownSelect = $("#shown");
const phone = matchMedia("(max-width: 52rem)");
const state = { documents: [], chosen: [], texts: new Map(), run: null, edited: null, current: null, related: null };

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

function kept(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    // a browser that stores nothing: the conversation lasts as long as the window
  }
  return value;
}

// The browser keeps one name for all its windows; each window keeps the conversation that it shows.
const browser = kept(localStorage, "footnote-browser") ?? keep(localStorage, "footnote-browser", newId());
let conversation = kept(sessionStorage, "footnote-conversation") ?? newId();
let letGo = () => {};

/** Hold a conversation for this window alone; false if another window holds it. */
function hold(id) {
  if (!navigator.locks) return Promise.resolve(true); // not on localhost, and without https
  return new Promise((held) => {
    navigator.locks.request(`footnote-${id}`, { ifAvailable: true }, (lock) => {
      held(Boolean(lock));
      if (lock) return new Promise((done) => (letGo = done));
    });
  });
}

async function elsewhere() {
  const held = navigator.locks ? (await navigator.locks.query()).held : [];
  return held.map((lock) => lock.name.replace("footnote-", "")).filter((id) => id !== conversation);
}

async function call(what, message = {}) {
  let reply;
  try {
    reply = await server.call({ do: what, browser, conversation, documents: state.chosen, ...message });
  } catch {
    reply = { error: "The program does not answer. Start it again if it was stopped, then load this page again." };
  }
  if (reply.error) trouble(reply.error);
  return reply;
}

function trouble(text) {
  ($("dialog[open] .trouble") ?? $(".chat .trouble")).textContent = text;
}

function say(text) {
  $(".said").textContent = text;
}

async function enter() {
  if (!(await hold(conversation))) await hold((conversation = newId())); // a duplicated window starts its own
  keep(sessionStorage, "footnote-conversation", conversation);
  const reply = await call("enter", { documents: [] });
  if (reply.error) return;
  for (const turn of turns.querySelectorAll(".turn")) turn.remove();
  turns.insertAdjacentHTML("beforeend", reply.turns);
  leaveEditing();
  setDocuments(reply);
  showWriter(reply.writer);
  const last = [...turns.querySelectorAll(".turn")].at(-1);
  if (last) await select(last);
  else await showDocument(state.chosen[0]);
  turns.scrollTop = turns.scrollHeight;
  settle();
}

function settle() {
  const empty = !turns.querySelector(".turn");
  $(".welcome").hidden = !empty;
  suggest();
}

function setDocuments({ documents, chosen }) {
  Object.assign(state, { documents, chosen });
  shownSelect.replaceChildren(...documents.map((d) => new Option(d.title, d.id)));
  if (state.shown) shownSelect.value = state.shown;
  const titles = documents.filter((d) => chosen.includes(d.id)).map((d) => d.title);
  $(".asked").textContent = titles.length > 1 ? `${titles[0]} and ${titles.length - 1} more` : (titles[0] ?? "a document: add one");
}

/** Show a document and what the current turn cites in it; false where it is gone, or another was asked for meanwhile. */
async function showDocument(id) {
  if (!id) return true;
  state.wanted = id;
  if (!state.texts.has(id)) {
    const reply = await call("document", { id });
    if (reply.error) return false;
    state.texts.set(id, reply.html);
  }
  if (id !== state.wanted) return false;
  if (id !== state.shown) {
    textPane.innerHTML = state.texts.get(id);
    textPane.classList.toggle("long", textPane.childElementCount > LONG);
    state.shown = shownSelect.value = id;
    textPane.scrollTop = 0;
    pick(null);
  }
  markTurn(state.current, state.shown, state.related);
  return true;
}

/** Make a turn the current one: its marks are shown, in the document that it cites. */
async function select(turn) {
  if (state.current === turn) return;
  state.current?.removeAttribute("aria-current");
  turn.setAttribute("aria-current", "true");
  Object.assign(state, { current: turn, related: null });
  const cited = [...turn.querySelectorAll(".note")].map((note) => note.dataset.document);
  const here = cited.find((id) => state.documents.some((d) => d.id === id));
  await showDocument(cited.includes(state.shown) ? state.shown : (here ?? state.shown ?? state.chosen[0]));
}

async function goTo(button) {
  hideCard();
  const turn = button.closest(".turn");
  await select(turn);
  state.related = button.matches(".note") ? null : button.dataset;
  if (!(await showDocument(button.dataset.document))) return;
  openSheet(button);
  goToMark(button.dataset.start);
}

function ask(question, number) {
  if (state.run || !question.trim()) return;
  turns.querySelector(".turn.failed")?.remove(); // it was not kept
  const count = turns.querySelectorAll(".turn").length;
  state.run = newId();
  state.asking = { run: state.run, browser, conversation, documents: state.chosen, model: state.model, question, number: number ?? state.edited ?? count };
  box.value = "";
  grow();
  leaveEditing();
  trouble("");
  working(true);
  $(".suggestions").replaceChildren();
  $(".suggestions").hidden = true;
  if (document.activeElement !== box) turns.focus({ preventScroll: true }); // the button that asked is gone
  trigger("ask", { message: state.asking });
}

/** Take in what the program streams: the turn as it stands, until it is whole. */
function receive(reply) {
  if (!reply?.run || reply.run !== state.run) return;
  const old = turns.querySelector(`.turn[data-number="${reply.number}"]`);
  for (const later of turns.querySelectorAll(".turn")) if (Number(later.dataset.number) > reply.number) later.remove();
  if (old) old.outerHTML = reply.turn;
  else turns.insertAdjacentHTML("beforeend", reply.turn);
  const turn = [...turns.querySelectorAll(".turn")].at(-1);
  $(".welcome").hidden = true;
  for (const tool of turns.querySelectorAll('.turn:not(:last-child) :is([data-do="retry"], [data-do="edit"])')) tool.remove();
  if (reply.trouble) trouble(reply.trouble);
  turn.scrollIntoView({ block: "nearest", behavior: still.matches ? "instant" : "smooth" });
  if (reply.state === "waiting") return;
  state.run = null;
  if (reply.state === "failed" && !box.value) box.value = state.asking.question;
  select(turn).then(() => {
    goToMark(turn.querySelector(".note")?.dataset.start ?? "");
    if (!state.run) working(false); // unless the next was asked meanwhile
  });
  say(reply.say);
  suggest();
}

function working(busy) {
  turns.setAttribute("aria-busy", String(busy));
  $('.composer [type="submit"]').hidden = busy;
  $('[data-do="stop"]').hidden = !busy;
}

let suggesting = 0;
async function suggest() {
  const round = ++suggesting;
  for (let wait = 500; ; wait = Math.min(wait * 1.5, 4000)) {
    const reply = await call("suggestions");
    if (reply.error || round !== suggesting || state.run) return;
    $(".suggestions").innerHTML = reply.html;
    $(".suggestions").hidden = !reply.html;
    if (!reply.more || $(".suggestions").childElementCount > 2) return;
    await new Promise((done) => setTimeout(done, wait));
  }
}

async function watchStatus() {
  const strip = $(".strip");
  for (;;) {
    const { waiting, failure, error } = await call("status");
    if (failure) trouble(failure);
    strip.hidden = !waiting;
    if (!waiting || error) return;
    strip.querySelector("p").textContent = `${waiting.reason} You can ask already.`;
    showProgress(strip.querySelector("progress"), waiting);
    await new Promise((done) => setTimeout(done, 500));
  }
}

function showProgress(bar, { done, total }) {
  if (total) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
}

function leaveEditing() {
  state.edited = null;
  $(".editing").hidden = true;
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
}
