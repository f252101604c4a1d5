// What a draft still lacks, as the server says.

import { SAID } from "./researcher_words.js"

export default class ReadinessPanel {
  constructor(root) {
    this.root = root
  }

  // readiness: as in stimuli.json
  show({ missing, advice, outline, n_done: done, n_all: all }) {
    this.#list("missing", missing)
    this.#list("advice", advice)
    this.#text("[data-outline]", outline)
    this.#text("[data-count]", SAID.ready(done, all))
    const open = this.root.querySelector("[data-open]")
    if (open) open.disabled = missing.length > 0
    this.#hide("[data-ready-part]", missing.length > 0)
  }

  #list(name, sentences) {
    const list = this.root.querySelector(`[data-${name}]`)
    if (!list) return
    this.#hide(`[data-${name}-part]`, sentences.length === 0)
    if ([...list.children].map((item) => item.textContent).join("\n") === sentences.join("\n")) return
    list.replaceChildren(...sentences.map((text) => Object.assign(document.createElement("li"), { textContent: text })))
  }

  #text(selector, text) {
    const place = this.root.querySelector(selector)
    if (place && place.textContent !== text) place.textContent = text
  }

  #hide(selector, isHidden) {
    const part = this.root.querySelector(selector)
    if (part) part.hidden = isHidden
  }
}
