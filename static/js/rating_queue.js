// Answers on their way to the server: each stays on this device until the server has said that it is stored.
// Fires "sent" (detail: the server's answer), "empty", "waiting" (nothing got through; tried again by itself),
// "refused" (detail: the server's sentence; given up) and "stopped" (detail: 401 or 410; nothing more is sent).

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30000
const JITTER = 0.3 // spreads the return of many participants after a restart
const HOPELESS = [400, 404, 413] // the same again would be refused again
const ERASED = 410
const OVER = [401, ERASED]
const OLD_TOKEN = 403

export default class RatingQueue extends EventTarget {
  #isSending = false
  #isStopped = false
  #retryMs = FIRST_RETRY_MS
  #timer = null

  constructor(store, api) {
    super()
    this.store = store
    this.api = api
    window.addEventListener("online", () => this.flush())
    document.addEventListener("visibilitychange", () => document.hidden || this.flush())
  }

  get size() {
    return this.store.all().length
  }

  has(key) {
    return this.store.has(key)
  }

  add(key, url, body) {
    this.store.put(key, { url, body })
    this.flush()
  }

  // Resolves when there is nothing left to send or nothing gets through just now.
  async flush() {
    if (this.#isSending || this.#isStopped) return
    this.#isSending = true
    clearTimeout(this.#timer)
    let gotThrough = true
    for (let entry; gotThrough && (entry = this.store.all()[0]); ) gotThrough = await this.#deliver(entry)
    this.#isSending = false
    if (gotThrough) this.#emptied()
    else if (!this.#isStopped) this.#later()
  }

  // Resolves when everything has been sent.
  async drained() {
    if (this.size) await new Promise((resolve) => this.addEventListener("empty", resolve, { once: true }))
  }

  // Send nothing more; false, as nothing gets through.
  stop(status) {
    this.#isStopped = true
    clearTimeout(this.#timer)
    if (status === ERASED) this.store.clear() // erased there, so erased here
    this.#fire("stopped", status)
    return false
  }

  async #deliver({ key, url, body }) {
    const { status, answer } = await this.api.send(url, body).catch(() => ({ status: 0, answer: null }))
    if (answer === null) return status === OLD_TOKEN && (await this.#renewed())
    if (OVER.includes(status)) return this.stop(status)
    const isHopeless = HOPELESS.includes(status)
    if (status >= 300 && !isHopeless) return false
    this.store.remove(key)
    this.#fire(isHopeless ? "refused" : "sent", isHopeless ? answer.detail : answer)
    return true
  }

  // Fetching the state brings a fresh token with it; the answer goes out again after the usual wait.
  async #renewed() {
    await this.api.state().catch(() => null)
    return false
  }

  #emptied() {
    this.#retryMs = FIRST_RETRY_MS
    this.#fire("empty")
  }

  #later() {
    const waitMs = this.#retryMs * (1 + JITTER * Math.random())
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    this.#timer = setTimeout(() => this.flush(), waitMs)
    this.#fire("waiting")
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
