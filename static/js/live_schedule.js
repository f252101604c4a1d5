// When each phrase of live music sounds, by the AudioContext's clock. It keeps count only: no sound, no timer, no network.

const LEAD_S = 3.5 // of composed music left when the next phrase is asked for: bridges a network hiccup of 3 s
const USUAL_S = 0.5 // that a phrase takes; where the server is slower, the lead grows by as much: later beats never
const LONGEST_LEAD_S = 9
const FORGETTING = 0.2 // of the slowest phrase so far, with each one that comes sooner
const SOONEST_S = 0.15 // from a phrase's arrival to its first note: the browser needs a moment to start it
const BEGIN_S = 0.75 // the same for the first phrase: nothing is composed ahead yet, so the second one gets a start
const TURN_S = 1.2 // until an ending that is asked for can be heard: the phrases that begin later are dropped for it

export default class LiveSchedule {
  #zeroS = null // where the music's own second 0 lies on the clock
  #ends = [] // [number, end_s] of each phrase that is placed
  #tookS = 0 // a slow phrase's time from being asked for to its arrival, lately

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

  get leadS() {
    return Math.min(LEAD_S + Math.max(0, this.#tookS - USUAL_S), LONGEST_LEAD_S)
  }

  wantsMore(nowS) {
    return this.composedS - this.position(nowS) < this.leadS
  }

  // A phrase has arrived so long after it was asked for.
  took(seconds) {
    this.#tookS = Math.max(seconds, this.#tookS + FORGETTING * (seconds - this.#tookS))
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
    if (this.#zeroS === null) this.#zeroS = nowS + BEGIN_S - beginS
    const earliestS = nowS + SOONEST_S
    if (this.#zeroS + beginS < earliestS) {
      this.#zeroS = earliestS - beginS
      this.stalls += 1
    }
    return Math.round((this.#zeroS + beginS) * this.frameRate) / this.frameRate
  }
}
