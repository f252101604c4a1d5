// What is noted beside a rating: how long it took, and how often the page was left meanwhile.

export default class Circumstances {
  #since = 0
  #tabChanges = 0

  constructor() {
    document.addEventListener("visibilitychange", () => (this.#tabChanges += document.hidden ? 1 : 0))
  }

  // From now on: the item is shown.
  begin() {
    this.#since = performance.now()
    this.#tabChanges = 0
  }

  get facts() {
    return { response_ms: Math.round(performance.now() - this.#since), tab_changes: this.#tabChanges }
  }
}
