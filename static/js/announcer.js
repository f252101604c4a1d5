// Tells screen readers about a changing state without chatter: only what has stood for a while, and only once.

const SETTLED_MS = 2000

export default class Announcer {
  #timer = null
  #waiting = ""

  constructor(region) {
    this.region = region
  }

  say(text) {
    if (text === this.#waiting) return
    this.#waiting = text
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#speak(text), SETTLED_MS)
  }

  #speak(text) {
    if (this.region.textContent !== text) this.region.textContent = text
  }
}
