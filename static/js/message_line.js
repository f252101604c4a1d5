// The one place where the page says what has happened.

const GOOD_NEWS_MS = 5000

export default class MessageLine {
  #timer = null

  constructor(root) {
    this.root = root
    root.parentElement.querySelector("[data-dismiss]").addEventListener("click", () => this.clear())
  }

  // kind: "error", "good" (goes away by itself) or "info"
  show(text, kind = "info") {
    clearTimeout(this.#timer)
    this.root.dataset.kind = kind
    if (this.root.textContent !== text) this.root.textContent = text
    if (kind === "good") this.#timer = setTimeout(() => this.clear(text), GOOD_NEWS_MS)
  }

  error(text) {
    this.show(text, "error")
  }

  // With a text: only if that is what stands there.
  clear(text = this.root.textContent) {
    if (this.root.textContent === text) this.root.textContent = ""
  }
}
