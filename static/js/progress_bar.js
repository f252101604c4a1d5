// How far a piece has come: three steps and a bar.

import { PROGRESS, queuedBehind } from "./words.js"

export default class ProgressBar {
  constructor(root) {
    this.root = root
    this.bar = root.querySelector("progress")
    this.label = root.querySelector("[data-progress-label]")
    this.steps = [...root.querySelectorAll("[data-step]")]
  }

  // state: queued, composing or rendering; part: 0–1; ahead: pieces that are made before a queued one
  show(state, part, ahead = 0) {
    if (state === "queued") this.bar.removeAttribute("value")
    else if (part > 0) this.bar.value = part // 0 also means: not known after a reconnection
    const text = state === "queued" && ahead ? queuedBehind(ahead) : (PROGRESS[state] ?? state)
    if (this.label.textContent !== text) this.label.textContent = text
    this.#mark(this.steps.findIndex((step) => step.dataset.step === state))
  }

  #mark(current) {
    this.steps.forEach((step, i) => {
      step.toggleAttribute("data-done", i < current)
      if (i === current) step.setAttribute("aria-current", "step")
      else step.removeAttribute("aria-current")
    })
  }
}
