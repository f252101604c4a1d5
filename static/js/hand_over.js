// From a piece's opening to the whole piece while it sounds: at the same place, at the same loudness, without a click.
//
// Both files are made equally loud as wholes, so the same bar may be louder in one than in the other. The louder of the
// two is turned down for the moment of the change, and the difference is then made up slowly.

const FADE_MS = 30
const GLIDE_MS_PER_DB = 700
const CLOSE_S = 0.012 // two copies of a piano that near to each other sound like one
const TRIES = 5
const SETTLE_MS = 80 // after a jump, until the element's clock runs evenly
const TAKE_UP_S = 0.05 // how long before its first new note the whole takes up after a pause

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// from, to: Voices; louderDb: how much louder the opening's file is; untilS: up to when the two sound the same.
// Resolves to true when the whole sounds, to false when the listener stopped the music meanwhile.
export default async function handOver(from, to, { louderDb, untilS }) {
  const same = 10 ** (-Math.abs(louderDb) / 20)
  const glideMs = GLIDE_MS_PER_DB * Math.abs(louderDb)
  const lastS = untilS - TAKE_UP_S
  const leftMs = () => 1000 * (lastS - from.audio.currentTime)
  if (from.audio.paused && !from.audio.ended) return false
  if (louderDb > 0 && !from.audio.ended) await from.glide(same, Math.max(FADE_MS, Math.min(glideMs, leftMs() - 1000)))
  if (from.audio.paused && !from.audio.ended) return false
  to.level = 0
  to.audio.muted = true // where scripts may not set the volume, this helps
  to.audio.currentTime = Math.min(from.audio.currentTime, lastS)
  await to.audio.play() // which may wait for the network
  if (leftMs() > 0) await meet(from.audio, to.audio)
  else if (to.audio.currentTime < lastS) to.audio.currentTime = lastS
  to.audio.muted = false
  await Promise.all([from.glide(0, FADE_MS), to.glide(louderDb < 0 ? same : 1, FADE_MS)])
  const stopped = from.audio.paused && !from.audio.ended
  from.audio.pause()
  if (stopped) to.audio.pause()
  if (stopped) to.level = 1
  else if (louderDb < 0) to.glide(1, glideMs)
  return !stopped
}

// Brings `late` to where `sound` is: starting and jumping take a moment, which differs from browser to browser.
async function meet(sound, late) {
  let lead = 0
  for (let i = 0; i < TRIES; i++) {
    await pause(SETTLE_MS)
    if (sound.paused) return
    const behind = sound.currentTime - late.currentTime
    if (Math.abs(behind) < CLOSE_S) return
    lead += behind
    late.currentTime = sound.currentTime + lead
  }
}
