// Sends the camera's frames: one in flight, the next after each answer, never faster than the interval.
// Fires "unanswered" when the server stays silent and the frame is given up.

import { delay } from "./delay.js"

const INTERVAL_MS = 130 // at most 7–8 frames a second
const BUSY_INTERVAL_MS = 1500 // after the server said that it is busy
const GIVE_UP_MS = 5000

export default class FrameSender extends EventTarget {
  #run = 0
  #answer = null
  #intervalMs = INTERVAL_MS

  constructor(camera, socket) {
    super()
    this.camera = camera
    this.socket = socket
  }

  start() {
    this.#loop(++this.#run)
  }

  stop() {
    this.#run += 1
    this.answered()
  }

  // To be called for each answer, and when the connection drops: the frame in flight is done with.
  answered({ busy = false } = {}) {
    this.#intervalMs = busy ? BUSY_INTERVAL_MS : INTERVAL_MS
    this.#answer?.(true)
  }

  async #loop(run) {
    while (run === this.#run) {
      const began = performance.now()
      await this.#exchange(run)
      await delay(Math.max(0, this.#intervalMs - (performance.now() - began)))
    }
  }

  async #exchange(run) {
    if (document.hidden || !this.socket.isOpen) return
    const frame = await this.camera.captureJpeg()
    if (!frame || run !== this.#run || !this.socket.isOpen) return
    this.socket.send(frame)
    if (!(await this.#answerWithin(GIVE_UP_MS)) && run === this.#run) this.dispatchEvent(new Event("unanswered"))
  }

  #answerWithin(ms) {
    return new Promise((resolve) => {
      this.#answer = resolve
      setTimeout(resolve, ms, false)
    })
  }
}
