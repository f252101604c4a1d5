// The talk with the server about live music, over the reading's socket; it goes on by itself after a lost connection.
// Fires "following", "phrase" and "last" (detail: the server's message), "followed" (detail: { piece, url }) and
// "refused" (detail: the error's code).

import Socket from "./socket.js"

const ASK_AGAIN_MS = 2500 // no phrase by then: the worker may be lost. One takes well under a second
const PASSING = ["bad-number", "not-following"] // errors of a request that crossed a reconnection: nothing to tell

export default class LiveSession extends EventTarget {
  #id = null
  #wish = null // the message that waits for its answer
  #timer = null
  #socket = null
  #own = null // a socket of our own, once the camera's is closed
  #listen = { message: ({ detail }) => this.#received(detail), open: () => this.#connected() }

  // socket: the camera's
  constructor(socket) {
    super()
    this.camera = socket
  }

  get hasBegun() {
    return this.#id !== null
  }

  start(finer) {
    this.#id = null
    clearTimeout(this.#timer)
    this.#use(this.camera)
    this.#say({ type: "follow", finer })
  }

  ask(number, finer) {
    this.#say({ type: "phrase", number, finer })
  }

  // after: the number of the last phrase that is to be heard, or null
  stop(after) {
    this.#say({ type: "stop", after })
  }

  // The camera goes off: say the rest on a connection of our own.
  leaveCamera() {
    if (!this.#id || this.#own) return
    this.#own = new Socket(this.camera.path)
    this.#use(this.#own)
    this.#own.open()
  }

  end() {
    clearTimeout(this.#timer)
    this.#wish = this.#id = null
    this.#use(null)
    this.#own?.close()
    this.#own = null
  }

  #use(socket) {
    for (const [name, react] of Object.entries(this.#listen)) {
      this.#socket?.removeEventListener(name, react)
      socket?.addEventListener(name, react)
    }
    this.#socket = socket
  }

  #say(wish) {
    this.#wish = wish
    this.#send()
  }

  // Again and again until it is answered; the server takes a request that it knows for the same one.
  #send() {
    clearTimeout(this.#timer)
    if (!this.#wish) return
    this.#socket?.send(JSON.stringify(this.#wish))
    if (this.#id) this.#timer = setTimeout(() => this.#send(), ASK_AGAIN_MS)
  }

  #connected() {
    if (!this.#id) return this.#send()
    this.#socket.send(JSON.stringify({ type: "follow", live: this.#id }))
  }

  #received(message) {
    if (message.type === "following") this.#following(message)
    else if (message.type === "phrase" && this.#id) this.#phrase(message)
    else if (message.type === "followed" && this.#id) this.#fire("followed", message)
    else if (message.type === "live-error" && !PASSING.includes(message.code)) this.#fire("refused", message.code)
  }

  #following(message) {
    if (this.#id) return this.#send() // back after a lost connection
    this.#id = message.live
    this.#wish = null
    this.#fire("following", message)
  }

  #phrase(message) {
    if (message.last) return this.#fire("last", message)
    if (this.#wish?.type !== "phrase" || this.#wish.number !== message.number) return // told twice
    clearTimeout(this.#timer)
    this.#wish = null
    this.#fire("phrase", message)
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
