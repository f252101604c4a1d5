// A websocket that comes back by itself: JSON in, anything out.
// Fires "open", "message" (detail: the parsed message) and "lost" (once, when an attempt fails or a connection drops).

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 8000
const JITTER = 0.3 // spreads the return of many visitors after a restart

export default class Socket extends EventTarget {
  #socket = null
  #retryMs = FIRST_RETRY_MS
  #timer = null
  #wanted = false

  constructor(path) {
    super()
    this.path = path
    window.addEventListener("online", () => this.#hurry())
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  open() {
    if (this.#wanted) return
    this.#wanted = true
    this.#retryMs = FIRST_RETRY_MS
    this.#connect()
  }

  close() {
    this.#wanted = false
    clearTimeout(this.#timer)
    this.#socket?.close()
    this.#socket = null
  }

  send(data) {
    if (this.isOpen) this.#socket.send(data)
  }

  #connect() {
    const url = new URL(this.path, location.href)
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:"
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.addEventListener("open", () => this.#opened(socket))
    socket.addEventListener("message", ({ data }) => this.#received(socket, data))
    socket.addEventListener("close", () => this.#closed(socket))
  }

  #opened(socket) {
    if (socket !== this.#socket) return
    this.#retryMs = FIRST_RETRY_MS
    this.dispatchEvent(new Event("open"))
  }

  #received(socket, data) {
    if (socket !== this.#socket) return
    this.dispatchEvent(new CustomEvent("message", { detail: JSON.parse(data) }))
  }

  #closed(socket) {
    if (socket !== this.#socket || !this.#wanted) return
    const waitMs = this.#retryMs * (1 + JITTER * Math.random())
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    this.#timer = setTimeout(() => this.#connect(), waitMs)
    this.dispatchEvent(new Event("lost"))
  }

  // The network is back: do not sit out the wait.
  #hurry() {
    if (!this.#wanted || this.#socket.readyState !== WebSocket.CLOSED) return
    clearTimeout(this.#timer)
    this.#connect()
  }
}
