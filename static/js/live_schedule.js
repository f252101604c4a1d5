// When each phrase of live music sounds, by the AudioContext's clock. It keeps count only: no sound, no timer, no network.

export const LEAD_S = 3.5 // of composed music left when the next phrase is asked for: bridges a network hiccup of 3 s
export const SOONEST_S = 0.15 // from a phrase's arrival to its first note: the browser needs a moment to start it
const TURN_S = 1.2 // until an ending that is asked for can be heard: the phrases that begin later are dropped for it

export default class LiveSchedule {
  #zeroS = null // where the music's own second 0 lies on the clock
  #ends = [] // [number, end_s] of each phrase that is placed

  // frameRate: of the AudioContext; phrases start on whole frames, as their samples were rendered
  constructor(frameRate) {
    this.frameRate = frameRate
    this.stalls = 0 // how often the music had to wait for a phrase
  }

  // The number of the phrase that comes next.
  get next() {
    return this.#ends.length
  }

  get composedS() {
    return this.#ends.at(-1)?.[1] ?? 0
  }

  // Where on the clock a phrase starts that has arrived now. One that is too late moves the music as a whole.
  place(phrase, nowS) {
    const startS = this.#start(phrase, nowS)
    this.#ends.push([phrase.number, phrase.end_s])
    return startS
  }

  // The same for the ending, which replaces all that was to begin at its place or after it.
  end(phrase, nowS) {
    this.#ends = this.#ends.filter(([, endS]) => endS <= phrase.begin_s)
    return this.place(phrase, nowS)
  }

  // Seconds of the music that have been played; 0 before it has begun.
  position(nowS) {
    return this.#zeroS === null ? 0 : Math.max(0, nowS - this.#zeroS)
  }

  wantsMore(nowS) {
    return this.composedS - this.position(nowS) < LEAD_S
  }

  isPlayed(nowS) {
    return this.position(nowS) >= this.composedS
  }

  // The number of the phrase after which the music can end soonest; null before there is one.
  lastToKeep(nowS) {
    const inTime = this.#ends.find(([, endS]) => endS >= this.position(nowS) + TURN_S)
    return (inTime ?? this.#ends.at(-1))?.[0] ?? null
  }

  #start({ begin_s: beginS }, nowS) {
    const earliestS = nowS + SOONEST_S
    if (this.#zeroS === null) this.#zeroS = earliestS - beginS
    if (this.#zeroS + beginS < earliestS) {
      this.#zeroS = earliestS - beginS
      this.stalls += 1
    }
    return Math.round((this.#zeroS + beginS) * this.frameRate) / this.frameRate
  }
}
