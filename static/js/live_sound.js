// Sounds the phrases of live music: fetched, decoded, started on the AudioContext's clock. Tails ring on and add up.

import { delay } from "./delay.js"

const RATE = 44100 // the phrases' own: nothing is resampled, so that joins stay exact
const TRY_AGAIN_MS = 400
const FADE_S = 0.03 // of a phrase that is cut off: short, yet no click
const LET_GO_S = 0.3 // of notes that still sound when the ending begins

export default class LiveSound {
  #playing = new Set() // { source, gain, startS } of what sounds or will
  #open = true

  // To be made while a press of a button is being handled, or browsers keep it silent.
  constructor() {
    this.context = new AudioContext({ sampleRate: RATE, latencyHint: "playback" })
    this.output = this.context.createGain()
    this.output.connect(this.context.destination)
    this.context.resume()
  }

  get nowS() {
    return this.context.currentTime
  }

  // What the listener hears just now: it takes a while through the loudspeaker.
  get heardS() {
    return this.nowS - (this.context.outputLatency || 0)
  }

  // Fetch until it works: a network that is gone for a moment is bridged by what is composed already. Null once closed.
  async fetch(url) {
    while (this.#open) {
      try {
        const response = await fetch(url)
        if (response.ok) return await this.context.decodeAudioData(await response.arrayBuffer())
        if (response.status === 404) return null
      } catch (error) {
        console.info("live music: trying again", error)
      }
      await delay(TRY_AGAIN_MS)
    }
    return null
  }

  play(buffer, startS) {
    const source = new AudioBufferSourceNode(this.context, { buffer })
    const gain = this.context.createGain()
    const voice = { source, gain, startS }
    source.connect(gain).connect(this.output)
    source.addEventListener("ended", () => this.#drop(voice))
    source.start(startS)
    this.#playing.add(voice)
  }

  // Take back all that was to start at this place or after it, and let go of what sounds there, as a pedal does.
  clearFrom(startS) {
    for (const { source, gain, startS: ownS } of this.#playing) {
      const isLater = ownS > startS - 1 / RATE
      gain.gain.setTargetAtTime(0, isLater ? this.nowS : startS, (isLater ? FADE_S : LET_GO_S) / 3)
      if (isLater) source.stop(this.nowS + FADE_S)
    }
  }

  fade(seconds) {
    this.output.gain.setTargetAtTime(0, this.nowS, seconds / 3)
  }

  async close() {
    this.#open = false
    this.fade(FADE_S)
    await delay(1000 * FADE_S)
    await this.context.close()
  }

  #drop(voice) {
    this.#playing.delete(voice)
    voice.gain.disconnect()
  }
}
