// The notes of a piece, and what can be said about them in words.

import { clock } from "./words.js"

const NAMES = ["C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B"] // as the server names keys
const LOUDNESS = [[48, "soft"], [80, "medium"], [128, "loud"]] // velocity below which a note is called so

export default class Score {
  // seconds: length; notes: [[pitch, start_s, end_s, velocity], …]
  constructor({ seconds, notes }) {
    this.seconds = seconds
    this.notes = notes
  }

  static async load(url) {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url}: ${response.status}`)
    return new Score(await response.json())
  }

  // [lowest, highest] MIDI pitch
  get span() {
    const pitches = this.notes.map(([pitch]) => pitch)
    return [Math.min(...pitches), Math.max(...pitches)]
  }

  get summary() {
    const [low, high] = this.span
    const rate = (this.notes.length / this.seconds).toFixed(1)
    return `${this.notes.length} notes in ${Math.round(this.seconds)} seconds (${rate} a second), from ${noteName(low)} to ${noteName(high)}.`
  }

  // One line per note, in order.
  get lines() {
    return this.notes.map(
      ([pitch, start, end, velocity]) =>
        `${clock(start)}.${Math.floor((start % 1) * 10)}  ${noteName(pitch)}, ${(end - start).toFixed(1)} s, ${loudness(velocity)}`,
    )
  }
}

export function noteName(pitch) {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`
}

function loudness(velocity) {
  return LOUDNESS.find(([below]) => velocity < below)[1]
}
