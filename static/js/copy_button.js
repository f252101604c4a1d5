// A button that copies a field's text; where the browser does not allow that, the text is selected for Ctrl-C.

import { SAID } from "./researcher_words.js"

const THANKS_MS = 2000

export default class CopyButton {
  constructor(button) {
    this.button = button
    this.field = document.querySelector(button.dataset.copy)
    button.addEventListener("click", () => this.#copy())
  }

  static all() {
    return [...document.querySelectorAll("[data-copy]")].map((button) => new CopyButton(button))
  }

  async #copy() {
    this.field.select()
    try {
      await navigator.clipboard.writeText(this.field.value)
    } catch {
      return // the text is selected
    }
    this.button.textContent = SAID.copied
    setTimeout(() => (this.button.textContent = SAID.copy), THANKS_MS)
  }
}
