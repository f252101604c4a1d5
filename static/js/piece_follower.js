// Follows one piece until it is ready or has failed.
// Fires "progress", "opening", "ready", "failed" (detail: the server's message) and "lost".

import Socket from "./socket.js"

export default class PieceFollower extends EventTarget {
  // socketPath: where pieces are followed, e.g. "/ws/pieces/"
  constructor(id, socketPath) {
    super()
    this.socket = new Socket(`${socketPath}${id}/`)
    this.socket.addEventListener("message", ({ detail }) => this.#received(detail))
    this.socket.addEventListener("lost", () => this.dispatchEvent(new Event("lost")))
  }

  start() {
    this.socket.open()
  }

  stop() {
    this.socket.close()
  }

  #received(message) {
    if (message.type === "ready" || message.type === "failed") this.stop()
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }))
  }
}
