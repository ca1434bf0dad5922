// The document: marks by offset, the card with a quote, and picking a sentence to ask about.
// Offsets count characters as Python does, that is code points; a JavaScript string counts UTF-16 units.

const textPane = element.querySelector(".document .text");
const card = element.querySelector(".card");
const aboutThis = element.querySelector(".about-this");
const LONG = 400; // blocks
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The position in a JavaScript string of its n-th code point. */
function unitAt(text, n) {
  let at = 0;
  for (; n > 0 && at < text.length; n--) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** The text nodes of the shown document, each with the offset of its first and behind its last character. */
function* textNodes() {
  for (const block of textPane.querySelectorAll(".block")) {
    let at = Number(block.dataset.start);
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const end = at + [...node.data].length;
      yield { node, start: at, end };
      at = end;
    }
  }
}

function clearMarks() {
  for (const mark of textPane.querySelectorAll("mark")) {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent.normalize();
  }
}

/** Mark one stretch of the shown document; the marks joined hold exactly its characters. */
function markStretch(start, end, kind, n) {
  const hit = [...textNodes()].filter((t) => t.start < end && start < t.end);
  for (const { node, start: first, end: last } of hit) {
    const range = document.createRange();
    range.setStart(node, unitAt(node.data, Math.max(0, start - first)));
    range.setEnd(node, unitAt(node.data, Math.min(last, end) - first));
    const mark = document.createElement("mark");
    mark.className = kind;
    if (n) mark.dataset.n = n;
    mark.dataset.start = start;
    range.surroundContents(mark);
  }
}

/** Show what a turn cites, and nothing that another one does. `related` is marked as being no evidence. */
function markTurn(turn, shownId, related) {
  clearMarks();
  const seen = new Set();
  for (const note of turn?.querySelectorAll(".note") ?? []) {
    const { document: id, start, end, n } = note.dataset;
    if (id !== shownId || seen.has(start)) continue;
    seen.add(start);
    markStretch(Number(start), Number(end), "cited", n);
  }
  if (related && related.document === shownId) markStretch(Number(related.start), Number(related.end), "near");
}

/** Scroll to the mark that begins at an offset, and frame it. */
function goToMark(start) {
  for (const other of textPane.querySelectorAll("mark.here")) other.classList.remove("here");
  const marks = textPane.querySelectorAll(`mark[data-start="${CSS.escape(start)}"]`);
  for (const mark of marks) mark.classList.add("here");
  const long = textPane.classList.contains("long");
  const jump = () => marks[0]?.scrollIntoView({ block: "center", behavior: still.matches || long ? "instant" : "smooth" });
  jump();
  // In a long document the blocks on the way get their real heights only now.
  if (long) requestAnimationFrame(() => requestAnimationFrame(jump));
}

function showCard(note) {
  const quote = element.querySelector(`#${CSS.escape(note.dataset.quote)}`);
  if (!quote) return;
  card.replaceChildren(...[...quote.childNodes].map((node) => node.cloneNode(true)));
  card.hidden = false;
  const at = note.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const below = at.bottom + size.height + 12 < innerHeight;
  card.style.top = `${below ? at.bottom + 6 : Math.max(6, at.top - size.height - 6)}px`;
  card.style.left = `${Math.max(6, Math.min(at.left, innerWidth - size.width - 6))}px`;
}

function hideCard() {
  card.hidden = true;
}

// The card stays while the pointer is on the footnote or on the card itself, and Escape takes it away.
let leaving;
element.addEventListener("pointerover", (event) => {
  const note = event.target.closest(".note");
  if (!note && !event.target.closest(".card")) return;
  clearTimeout(leaving);
  if (note && event.pointerType !== "touch") showCard(note);
});
element.addEventListener("pointerout", (event) => {
  if (event.target.closest(".note, .card")) leaving = setTimeout(hideCard, 200);
});
element.addEventListener("focusin", (event) => {
  const note = event.target.closest(".note");
  if (note?.matches(":focus-visible")) showCard(note);
});
element.addEventListener("focusout", (event) => event.target.closest(".note") && hideCard());

/** Frame a sentence, and offer to ask about it. */
function pick(sentence) {
  for (const other of textPane.querySelectorAll(".picked")) other.classList.remove("picked");
  aboutThis.hidden = !sentence;
  if (!sentence) return;
  sentence.classList.add("picked");
  const pane = textPane.parentElement.getBoundingClientRect();
  const at = [...sentence.getClientRects()].at(-1);
  const top = Math.min(at.bottom + 4, textPane.getBoundingClientRect().bottom - 44);
  aboutThis.style.top = `${top - pane.top}px`;
  aboutThis.style.left = `${Math.min(Math.max(8, at.right - pane.left - 60), pane.width - 150)}px`;
}

function picked() {
  return textPane.querySelector(".sentence.picked");
}

function pickSelected() {
  const selection = getSelection();
  const node = selection.anchorNode?.parentElement ?? null;
  if (node && textPane.contains(node)) pick(node.closest(".sentence"));
}
textPane.addEventListener("pointerup", () => setTimeout(pickSelected));
textPane.addEventListener("scroll", () => picked() && pick(picked()), { passive: true });
textPane.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { n: 1, p: -1 }[event.key.toLowerCase()];
  if (!step) return;
  const sentences = [...textPane.querySelectorAll(".sentence")];
  const now = sentences.indexOf(picked());
  const visible = sentences.findIndex((s) => s.getBoundingClientRect().top >= textPane.getBoundingClientRect().top);
  const next = sentences[now < 0 ? Math.max(0, visible) : now + step];
  if (!next) return;
  next.scrollIntoView({ block: "nearest" });
  pick(next);
  say(next.textContent);
});
