// Calms what a reading says about its frame: advice that has not stood for a second is not given, nor taken back.

const HOLD_MS = 1000

export default class ReadingAdvice {
  #condition = new Settled(null)
  #hasFace = new Settled(true) // until a second without one has passed, a face may be about to be found

  // reading: a "reading" message of the server → { hasFace, condition }, both settled
  of({ faces, condition }, nowMs = performance.now()) {
    return {
      hasFace: this.#hasFace.at(faces.length > 0, nowMs),
      condition: this.#condition.at(condition, nowMs),
    }
  }
}

// A value that changes once the same other value has been seen for a while.
class Settled {
  #value
  #other
  #sinceMs = 0

  constructor(value) {
    this.#value = this.#other = value
  }

  at(value, nowMs) {
    if (value !== this.#other) this.#sinceMs = nowMs
    this.#other = value
    if (nowMs - this.#sinceMs >= HOLD_MS) this.#value = value
    return this.#value
  }
}
