// The notes of a piece, and what can be said about them in words.

import { LANGUAGE, filled, gettext, ngettext } from "./i18n.js"
import { clock } from "./words.js"

// As the server names keys.
const NAMES = [
  gettext("C"), gettext("D♭"), gettext("D"), gettext("E♭"), gettext("E"), gettext("F"),
  gettext("G♭"), gettext("G"), gettext("A♭"), gettext("A"), gettext("B♭"), gettext("B"),
]
const LOUDNESS = [[48, gettext("soft")], [80, gettext("medium")], [128, gettext("loud")]] // velocity below which a note is called so
const tenths = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export default class Score {
  // seconds: length; notes: [[pitch, start_s, end_s, velocity], …]; pedal: [[from_s, to_s], …] where it is needed;
  // primer_s: up to where the notes are another piece's
  constructor({ seconds, notes, pedal = [], primer_s = null }) {
    this.seconds = seconds
    this.notes = notes
    this.pedal = pedal
    this.primerSeconds = primer_s
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
    return filled(gettext("{n} notes in {seconds} seconds ({rate} a second), from {low} to {high}. {pedal}"), {
      n: this.notes.length,
      seconds: Math.round(this.seconds),
      rate: tenths.format(this.notes.length / this.seconds),
      low: noteName(low),
      high: noteName(high),
      pedal: this.#pedalSentence,
    })
  }

  // One line per note, in order.
  get lines() {
    return this.notes.map(([pitch, start, end, velocity]) => {
      const at = `${clock(start)}.${Math.floor((start % 1) * 10)}`
      return `${at}  ${noteName(pitch)}, ${tenths.format(end - start)} s, ${loudness(velocity)}`
    })
  }

  get #pedalSentence() {
    const n = this.pedal.length
    if (n === 0) return gettext("Two hands can hold all of them.")
    return filled(ngettext("A pianist needs the pedal once.", "A pianist needs the pedal {n} times.", n), { n })
  }
}

export function noteName(pitch) {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`
}

function loudness(velocity) {
  return LOUDNESS.find(([below]) => velocity < below)[1]
}
