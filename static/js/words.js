// Every sentence the scripts say to a person, in one place.

import { filled, gettext, ngettext } from "./i18n.js"

// What happened, and what to do about it; the ways without a camera stand below on the page.
export const CAMERA_PROBLEMS = {
  denied: [
    gettext("The camera was not allowed."),
    gettext("Allow it for this site in your browser, by the sign beside the address, then try again."),
  ],
  none: [gettext("No camera was found."), gettext("Plug one in or switch it on, then try again.")],
  taken: [
    gettext("The camera is in use."),
    gettext("Another program or tab seems to hold it: a video call, perhaps. Close that, then try again."),
  ],
  insecure: [
    gettext("This address is not secure."),
    gettext("Browsers open the camera only where the address begins with https, or on the same computer."),
  ],
  unsupported: [
    gettext("This browser cannot open a camera."),
    gettext("A current Firefox, Chrome, Edge or Safari can."),
  ],
  unplugged: [gettext("The camera has gone."), gettext("It was unplugged or switched off. Plug it in, then try again.")],
  unknown: [gettext("The camera could not be opened."), gettext("Try again, or reload the page.")],
}

export const EXPRESSIONS = {
  angry: gettext("angry"),
  disgust: gettext("disgust"),
  fear: gettext("fear"),
  happy: gettext("happy"),
  sad: gettext("sad"),
  surprise: gettext("surprise"),
  neutral: gettext("neutral"),
}

export const READING = {
  off: [gettext("nothing yet"), gettext("Turn on the camera and the reading appears here.")],
  starting: [gettext("looking…"), gettext("The first reading takes a moment.")],
  clear: gettext("Press Compose to hear it as music."),
  followed: gettext("The music follows it."),
  unsure: [
    gettext("unsure"),
    gettext("No expression stands out. More light or a clearer face helps; you can compose all the same."),
  ],
  lost: gettext("Connection lost. The reading stands still until it is back."),
}

// Advice by the server's name for what makes a frame hard to read: beside a reading …
export const ADVICE = {
  dark: gettext("It is dark. Turn on a lamp in front of you, or face a window."),
  bright: gettext("Strong light behind you or on your face hides it. Turn until soft light falls on your face."),
  far: gettext("Your face is small in the picture. Come closer, to about an arm's length."),
  several: gettext("Several people are in the picture: only the largest face, in the solid frame, is read."),
}

// … and where no face is found.
export const NO_FACE = {
  dark: [
    gettext("too dark"),
    gettext("No face can be made out. Turn on a lamp in front of you, and see that nothing covers the camera."),
  ],
  bright: [
    gettext("too bright"),
    gettext("No face can be made out. Turn away from the window or lamp that shines into the camera."),
  ],
  other: [
    gettext("no face"),
    gettext("There is no face in the picture. Look into the camera, about an arm's length away."),
  ],
}

export const STATUS = {
  opening: gettext("Your browser is asking whether this page may use the camera."),
  stopped: gettext("The camera is off and the connection is closed."),
  lost: gettext("The connection to the server is lost. Trying to get it back…"),
  found: gettext("The connection is back."),
  busy: gettext("The server is busy just now. The reading goes on as soon as it is free."),
  slow: gettext("The server is slow to answer. Trying the next picture…"),
  needsReading: gettext(
    "There is no reading to compose from. Turn on the camera and show your face, or use a photo or an emotion.",
  ),
  composeUnanswered: gettext("The server did not answer. Please press Compose again."),
  requestFailed: gettext("The server could not be reached. Check your connection and try again."),
  refused: gettext("The server did not accept that. Reload the page and try again."),
  photoTooLarge: gettext("That photo is larger than 10 MB. Choose a smaller one."),
  photoKind: gettext("That file is not a JPEG, PNG or WebP picture. Choose another one."),
  photoMissing: gettext("Choose a photo first."),
  followLost: gettext("The connection is lost. Your piece is still being made; looking for it again…"),
  pressPlay: gettext("Your piece is ready. Press Play to hear it."),
  pressPlayOpening: gettext("The music can begin while the rest is composed. Press Play to hear it."),
  soundMissing: gettext("The sound could not be loaded. Reload the page, or download the MIDI file."),
  notesMissing: gettext("The notes could not be loaded, so there is no piano roll; the sound plays all the same."),
}

// What the server could not do with a frame, or with the wish to compose, by the error's code.
const REFUSALS = {
  "no-face": gettext("No face was seen in the last second. Look into the camera and try again."),
  "bad-image": gettext("A picture arrived broken. The next one may work."),
  "too-large": gettext("The camera's pictures are too large for the server. Choose a lower resolution for it."),
  internal: gettext("Something went wrong here. The next picture may work."),
}

// error: { code, detail } of the server; its own English sentence is what remains for a code that is not known here
export function refusal({ code, detail }) {
  return REFUSALS[code] ?? detail
}

export const PROGRESS = {
  queued: gettext("Waiting for a free musician…"),
  composing: gettext("Composing the notes…"),
  rendering: gettext("Playing them on the piano…"),
}

// n: pieces that are made before this one
export function queuedBehind(n) {
  return filled(ngettext("Waiting: {n} piece is made before yours…", "Waiting: {n} pieces are made before yours…", n), { n })
}

// 83.4 → "1:23"
export function clock(seconds) {
  const whole = Math.floor(Math.max(0, seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}
