// The Compose button: pressable while there is a fresh reading and nothing is being composed.

const FRESH_MS = 2000 // a face that looks away for a moment does not take the button away

export default class ComposeButton {
  #timer = null
  #fresh = false
  #busy = false

  constructor(button) {
    this.button = button
  }

  reading(hasFace) {
    if (hasFace) this.#freshen()
  }

  // No reading to compose from: the camera is off or the connection lost.
  forget() {
    clearTimeout(this.#timer)
    this.#fresh = false
    this.#update()
  }

  set busy(busy) {
    this.#busy = busy
    this.#update()
  }

  #freshen() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.forget(), FRESH_MS)
    this.#fresh = true
    this.#update()
  }

  #update() {
    this.button.disabled = this.#busy || !this.#fresh
  }
}
