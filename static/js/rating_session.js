// One participant's way through the study: what is still to be rated, and how far along it is. Answers that this device
// holds count as given. Fires "skipped" when the current item turns out to be rated in another window.

export default class RatingSession extends EventTarget {
  total = 0
  parts = []
  isFinished = false
  #left = []
  #given = new Set() // on this page: an older state that arrives late does not bring them back

  constructor(api, queue) {
    super()
    this.api = api
    this.queue = queue
    queue.addEventListener("sent", ({ detail }) => this.#acknowledged(detail))
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh())
  }

  get current() {
    return this.#left[0] ?? null
  }

  get done() {
    return this.total - this.#left.length
  }

  // The current item and the next `n`.
  ahead(n) {
    return this.#left.slice(0, n + 1)
  }

  isCurrent({ id }) {
    return this.current?.id === id
  }

  // Counted from 1.
  partOf(item) {
    return this.parts.indexOf(item.kind) + 1
  }

  finish(item) {
    this.#given.add(item.id)
    this.#left = this.#left.filter(({ id }) => id !== item.id)
  }

  // Ask the server what is left. Resolves to its status, 0 where it could not be reached.
  async refresh() {
    const { status, answer } = await this.api.state().catch(() => ({ status: 0, answer: null }))
    if (status === 200 && answer) this.#take(answer)
    return answer ? status : 0
  }

  // The same, with what was given here and yet not stored, if anything: the server's word counts.
  startOver() {
    this.#given.clear()
    return this.refresh()
  }

  #take({ total, parts, finished, items }) {
    const before = this.current
    const isOpen = ({ id }) => !this.#given.has(id) && !this.queue.has(id)
    Object.assign(this, { total, parts, isFinished: finished })
    this.#left = items.filter(isOpen)
    if (before && !this.isCurrent(before)) this.dispatchEvent(new Event("skipped"))
  }

  // More is done than was sent from here: another window is at work.
  #acknowledged({ done }) {
    if (done > this.done - this.queue.size) this.refresh()
  }
}
