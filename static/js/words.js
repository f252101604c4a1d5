// Every sentence the scripts say to a person, in one place.

import { filled, ngettext } from "./i18n.js"

const WAY_ON = "You can also upload a photo or choose an emotion below."

export const CAMERA_PROBLEMS = {
  denied: `The camera was not allowed. Allow it in your browser's site settings, then press the button again. ${WAY_ON}`,
  none: `No camera was found. Plug one in and press the button again. ${WAY_ON}`,
  taken: `The camera is in use by another program. Close that program, then press the button again. ${WAY_ON}`,
  insecure: `Browsers open the camera only on a secure (https) address or on localhost, and this page is neither. ${WAY_ON}`,
  unsupported: `This browser cannot open a camera. ${WAY_ON}`,
  unplugged: `The camera has been disconnected. Plug it in and press the button again. ${WAY_ON}`,
  unknown: `The camera could not be opened. Press the button again, or reload the page. ${WAY_ON}`,
}

export const READING = {
  off: ["nothing yet", "Turn on the camera and the reading appears here."],
  starting: ["looking…", "The first reading takes a moment."],
  clear: "Press Compose to hear it as music.",
  unsure: ["unsure", "No expression stands out. More light or a clearer face helps; you can compose all the same."],
  noFace: ["no face", "There is no face in the picture. Sit in the light, about an arm's length from the camera."],
  several: "Several people are in the picture: only the largest face, in the solid frame, is read.",
  lost: "Connection lost. The reading stands still until it is back.",
}

export const STATUS = {
  opening: "Your browser is asking whether this page may use the camera.",
  stopped: "The camera is off and the connection is closed.",
  lost: "The connection to the server is lost. Trying to get it back…",
  found: "The connection is back.",
  busy: "The server is busy just now. The reading goes on as soon as it is free.",
  slow: "The server is slow to answer. Trying the next picture…",
  needsReading: "There is no reading to compose from. Turn on the camera and show your face, or use a photo or an emotion.",
  composeUnanswered: "The server did not answer. Please press Compose again.",
  requestFailed: "The server could not be reached. Check your connection and try again.",
  refused: "The server did not accept that. Reload the page and try again.",
  photoTooLarge: "That photo is larger than 10 MB. Choose a smaller one.",
  photoKind: "That file is not a JPEG, PNG or WebP picture. Choose another one.",
  photoMissing: "Choose a photo first.",
  followLost: "The connection is lost. Your piece is still being made; looking for it again…",
  pressPlay: "Your piece is ready. Press Play to hear it.",
  pressPlayOpening: "The music can begin while the rest is composed. Press Play to hear it.",
  soundMissing: "The sound could not be loaded. Reload the page, or download the MIDI file.",
  notesMissing: "The notes could not be loaded, so there is no piano roll; the sound plays all the same.",
}

export const PROGRESS = {
  queued: "Waiting for a free musician…",
  composing: "Composing the notes…",
  rendering: "Playing them on the piano…",
}

// n: pieces that are made before this one
export function queuedBehind(n) {
  return filled(ngettext("Waiting: {n} piece is made before yours…", "Waiting: {n} pieces are made before yours…", n), { n })
}

const EMOTIONS = ["happy", "sad", "neutral", "tense", "calm"]
// "D minor"; empty when the key is not known
export function keyName(piece) {
  return piece.tonic && piece.mode ? `${piece.tonic} ${piece.mode}` : ""
}

// What the listener model makes of a ready piece; empty when it has not heard it
export function heardSentence(piece) {
  if (!piece.heard_as) return ""
  return `Our listener model hears it as ${piece.heard_as}${piece.missed ? ": the target was missed." : "."}`
}

// "A happy piece in D major"
export function pieceTitle(piece) {
  const what = EMOTIONS.includes(piece.emotion) ? `A ${piece.emotion} piece` : "A piece of finer feelings"
  const key = keyName(piece)
  return key ? `${what} in ${key}` : what
}

// 83.4 → "1:23"
export function clock(seconds) {
  const whole = Math.floor(Math.max(0, seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}
