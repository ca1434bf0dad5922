// What the buttons do, the lists of documents and conversations, the sheet on a phone, and the start.

const actions = {
  note: (button) => goTo(button),
  related: (button) => goTo(button),
  suggestion: (button) => ask(button.textContent),
  stop: async () => receive(await call("stop", state.asking)),
  retry: (_, turn) => ask(turn.querySelector("h3").textContent, Number(turn.dataset.number)),
  edit: (_, turn) => {
    state.edited = Number(turn.dataset.number);
    box.value = turn.querySelector("h3").textContent;
    $(".editing").hidden = false;
    grow();
    box.focus();
  },
  leave: () => {
    leaveEditing();
    box.value = "";
    box.focus();
  },
  copy: async (button, turn) => {
    const { text } = await call("copy", { number: Number(turn.dataset.number) });
    if (text && (await copyText(text))) flash(button, "Copied");
  },
  rate: async (button, turn) => {
    const rating = button.getAttribute("aria-pressed") === "true" ? null : button.dataset.rating;
    const reply = await call("rate", { number: Number(turn.dataset.number), rating });
    if (reply.error) return;
    for (const other of turn.querySelectorAll("[data-rating]")) other.setAttribute("aria-pressed", String(other.dataset.rating === reply.rating));
  },
  receipt: async (_, turn) => download(await call("receipt", { number: Number(turn.dataset.number) })),
  export: async (button) => download(await call(button.dataset.form, { id: idOf(button) })),
  writer: () => openWriter(),
  new: () => change(newId()),
  close: (button) => button.closest("dialog").close(),
  sheet: (button) => openSheet(button),
  "close-sheet": () => closeSheet(),
  "about-this": () => askAbout(),
  "open-conversation": (button) => change(idOf(button)),
  rename: (button) => startRenaming(button.closest("li")),
  delete: async (button) => {
    const id = idOf(button);
    if (!sure(button, "Delete for good?")) return;
    const { list } = await call("delete", { id, elsewhere: await elsewhere() });
    if (list !== undefined) $(".conversations .list").innerHTML = list;
    if (id === conversation) change(newId(), true);
  },
  choose: (box) => {
    const ticked = [...element.querySelectorAll('.documents [data-do="choose"]:checked')];
    if (!ticked.length) {
      box.checked = true;
      return trouble("One document has to be asked.");
    }
    trouble("");
    state.chosen = ticked.map(idOf);
    setDocuments(state);
    showDocument(state.chosen[0]);
    suggest();
  },
  remove: async (button) => {
    if (!sure(button, "Remove?")) return;
    const reply = await call("remove", { id: idOf(button) });
    if (!reply.error) documentsChanged(reply);
  },
  theme: (button) => setTheme({ system: "light", light: "dark", dark: "system" }[theme], button),
};

const idOf = (inside) => inside.closest("li").dataset.id;

/** The first press asks, the second does it. */
function sure(button, question) {
  if (button.dataset.sure) return true;
  button.dataset.sure = "yes";
  flash(button, question, () => delete button.dataset.sure);
  return false;
}

function flash(button, text, after = () => {}) {
  const before = button.textContent;
  button.textContent = text;
  say(text);
  setTimeout(() => {
    button.textContent = before;
    after();
  }, 4000);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    trouble("The browser does not let this page copy. Select the answer's text, and copy that.");
    return false;
  }
}

function download({ text, name, type, error }) {
  if (error) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function change(id, gone) {
  if (id === conversation && !gone) return $(".conversations").close();
  if (state.run) await actions.stop();
  letGo();
  conversation = id;
  state.current = null;
  for (const turn of turns.querySelectorAll(".turn")) turn.remove();
  clearMarks();
  if (!gone) $(".conversations").close();
  await enter();
  if (!gone) box.focus();
}

function startRenaming(item) {
  const title = item.querySelector(".title");
  const input = Object.assign(document.createElement("input"), { value: title.textContent, maxLength: 80, className: "title" });
  input.setAttribute("aria-label", "Title");
  const finish = async () => {
    const { list } = await call("rename", { id: item.dataset.id, title: input.value, elsewhere: await elsewhere() });
    if (list !== undefined) $(".conversations .list").innerHTML = list;
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.replaceWith(title);
    if (event.key === "Enter") finish();
    if (event.key === "Escape" || event.key === "Enter") event.preventDefault();
  });
  title.replaceWith(input);
  input.select();
}

async function openList(name) {
  const dialog = $(`dialog.${name}`);
  const reply = await call(name === "documents" ? "library" : name, { elsewhere: await elsewhere() });
  if (reply.error) return;
  dialog.querySelector(".list").innerHTML = reply.list;
  if (name === "documents") {
    dialog.querySelector(".kinds").textContent = reply.kinds;
    Object.assign($("#file"), { accept: reply.accept });
    state.most = reply.most;
  }
  if (!dialog.open) dialog.showModal();
}

function documentsChanged(reply) {
  setDocuments(reply);
  for (const id of state.texts.keys()) if (!reply.documents.some((d) => d.id === id)) state.texts.delete(id);
  if (!reply.documents.some((d) => d.id === state.shown)) {
    state.shown = null;
    textPane.replaceChildren();
  }
  showDocument(reply.added?.[0] ?? state.shown ?? state.chosen[0]);
  openList("documents");
  suggest();
}

async function add(message) {
  const adding = $(".adding");
  const job = newId();
  let done = false;
  trouble("");
  adding.hidden = false;
  adding.querySelector("p").textContent = "Reading it…";
  adding.querySelector("progress").removeAttribute("value");
  const poll = async () => {
    const reply = await call("progress", { job });
    if (done || reply.error) return;
    if (reply.reason) adding.querySelector("p").textContent = `${reply.reason}…`;
    showProgress(adding.querySelector("progress"), reply);
    setTimeout(poll, 300);
  };
  setTimeout(poll, 300);
  const reply = await call("add", { ...message, job });
  done = adding.hidden = true;
  if (reply.error) return false;
  documentsChanged(reply);
  say("Added.");
  return true;
}

async function addFiles(files) {
  for (const file of files) {
    if (file.size > state.most) {
      trouble(`${file.name}: ${(file.size / 2 ** 20).toFixed(1)} MiB is over the limit of ${state.most / 2 ** 20} MiB. Split the file, or raise FOOTNOTE_MAX_FILE_MB.`);
      continue;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let data = "";
    for (let at = 0; at < bytes.length; at += 32768) data += String.fromCharCode(...bytes.subarray(at, at + 32768));
    await add({ name: file.name, data: btoa(data) });
  }
}

async function askAbout() {
  const sentence = picked();
  if (!sentence) return;
  const { question } = await call("about_this", { document: state.shown, start: Number(sentence.dataset.start), end: Number(sentence.dataset.end) });
  closeSheet();
  if (!question) return;
  box.value = question;
  grow();
  box.focus();
  box.select();
}

// On a phone the document is a sheet over the conversation, which a footnote opens.
let opener = null;
function openSheet(from) {
  if (!phone.matches) return;
  opener = from;
  const sheet = $(".panes .document");
  sheet.classList.add("open");
  for (const [name, value] of [["role", "dialog"], ["aria-modal", "true"]]) sheet.setAttribute(name, value);
  $(".chat").inert = $(".bar").inert = true;
  $('[data-do="close-sheet"]').focus();
}

function closeSheet() {
  const sheet = $(".panes .document");
  if (!sheet.classList.contains("open")) return;
  sheet.classList.remove("open");
  for (const name of ["role", "aria-modal"]) sheet.removeAttribute(name);
  $(".chat").inert = $(".bar").inert = false;
  opener?.focus();
}
phone.addEventListener("change", closeSheet);

let theme = "system";
function setTheme(name, button = $('[data-do="theme"]')) {
  theme = name;
  keep(localStorage, "footnote-theme", name);
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  button.title = `Colours: ${{ system: "as the system", light: "light", dark: "dark" }[name]}`;
  button.setAttribute("aria-label", button.title);
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do], [data-open]");
  const turn = event.target.closest(".turn");
  if (button?.dataset.open) openList(button.dataset.open);
  else if (button && button.type !== "checkbox") actions[button.dataset.do]?.(button, turn);
  else if (turn) select(turn);
  if (!event.target.closest(".sentence, .about-this")) pick(null);
});
element.addEventListener("focusin", (event) => {
  const turn = event.target.closest(".turn");
  if (turn) select(turn);
});
element.addEventListener("change", (event) => {
  if (event.target.dataset.do === "choose") actions.choose(event.target);
  if (event.target.id === "file") addFiles(event.target.files).then(() => (event.target.value = ""));
  if (event.target === shownSelect) showDocument(shownSelect.value);
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!card.hidden) hideCard();
    else if (picked()) pick(null);
    else closeSheet();
  }
  if (event.target === box && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask(box.value);
  }
  if (event.target === textPane && event.key === "Enter" && picked()) {
    event.preventDefault();
    askAbout();
  }
});
box.addEventListener("input", grow);
$(".composer").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(box.value);
});
$("form.add").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = $("#address").value.trim();
  if (address) add({ address }).then((added) => added && ($("#address").value = ""));
});
for (const dialog of element.querySelectorAll("dialog")) dialog.addEventListener("close", () => (dialog.querySelector(".trouble") ?? {}).textContent = "");
for (const name of ["dragover", "drop"]) {
  element.addEventListener(name, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop") openList("documents").then(() => addFiles(event.dataTransfer.files));
  });
}

watch("value", () => receive(props.value));
setTheme(kept(localStorage, "footnote-theme") ?? "system");
enter().then(watchStatus);
