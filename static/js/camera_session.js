// The time between "Turn on the camera" and "Stop": camera, connection and frames together.
// Fires "reading", "composing" (detail: the server's message), "on", "off", "refused" (detail: the CameraProblem's
// kind), "lost", "found", "hiccup" (detail: a sentence that the next reading makes obsolete) and "trouble" (detail: a
// sentence that stays).

import CameraProblem from "./camera_problem.js"
import FrameSender from "./frame_sender.js"
import { STATUS, refusal } from "./words.js"

// These may answer a "compose"; others answer a frame.
const COMPOSE_ERRORS = ["no-face", "bad-message", "internal", "too-often", "queue-full"]
const COMPOSE_ANSWER_MS = 10000

export default class CameraSession extends EventTarget {
  #lost = false
  #composeTimer = null // set while a "compose" waits for its answer

  constructor(camera, socket) {
    super()
    this.camera = camera
    this.socket = socket
    this.sender = new FrameSender(camera, socket)
    this.sender.addEventListener("unanswered", () => this.#fire("hiccup", STATUS.slow))
    camera.addEventListener("unplugged", () => this.#fail(new CameraProblem("unplugged")))
    socket.addEventListener("open", () => this.#connected())
    socket.addEventListener("lost", () => this.#disconnected())
    socket.addEventListener("message", ({ detail }) => this.#received(detail))
  }

  async start() {
    try {
      if (!(await this.camera.start())) return
    } catch (error) {
      return this.#fail(error)
    }
    this.#lost = false
    this.socket.open()
    this.sender.start()
    this.#fire("on")
  }

  stop() {
    clearTimeout(this.#composeTimer)
    this.#composeTimer = null
    this.sender.stop()
    this.socket.close()
    this.camera.stop()
    this.#fire("off")
  }

  get composing() {
    return this.#composeTimer !== null
  }

  // finer: use the reading's own valence and arousal instead of happy, sad or neutral
  compose(finer) {
    this.socket.send(JSON.stringify({ type: "compose", finer }))
    this.#composeTimer = setTimeout(() => this.#composeAnswered(STATUS.composeUnanswered), COMPOSE_ANSWER_MS)
  }

  #received(message) {
    if (message.type === "composing") {
      this.#composeAnswered()
      this.#fire("composing", message)
    } else if (message.type === "reading") {
      this.sender.answered()
      this.#fire("reading", message)
    } else if (message.type === "error") this.#refused(message)
  }

  #refused(error) {
    if (this.composing && COMPOSE_ERRORS.includes(error.code)) return this.#composeAnswered(refusal(error))
    const isBusy = error.code === "busy"
    this.sender.answered({ busy: isBusy })
    this.#fire("hiccup", isBusy ? STATUS.busy : refusal(error))
  }

  #composeAnswered(trouble = null) {
    clearTimeout(this.#composeTimer)
    this.#composeTimer = null
    if (trouble) this.#fire("trouble", trouble)
  }

  #connected() {
    if (this.#lost) this.#fire("found")
    this.#lost = false
  }

  #disconnected() {
    this.sender.answered()
    this.#composeAnswered()
    if (!this.#lost) this.#fire("lost")
    this.#lost = true
  }

  #fail(error) {
    this.stop()
    if (!error.kind) console.error(error)
    this.#fire("refused", error.kind ?? "unknown")
  }

  #fire(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
