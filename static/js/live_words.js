// What the live mode says.

import { filled, gettext } from "./i18n.js"

const FACES = {
  angry: gettext("angry"),
  disgust: gettext("disgust"),
  fear: gettext("fear"),
  happy: gettext("happy"),
  sad: gettext("sad"),
  surprise: gettext("surprise"),
  neutral: gettext("neutral"),
}
const MUSIC = {
  happy: gettext("The music is happy."),
  sad: gettext("The music is sad."),
  neutral: gettext("The music is neutral."),
  custom: gettext("The music has the mixture of your expression."),
}
const REFUSED = {
  "no-face": gettext("There is no face to follow yet. Look into the camera and try again."),
  "too-often": gettext("You have begun very often just now. Please try again in a minute."),
  busy: gettext("As many people are being followed as this server can play for. Please try again in a minute."),
  "no-live": gettext("The server has lost your music. Press the button to begin anew."),
}
const FAILED = gettext("The music could not go on here. Please try again.")

export const LIVE = {
  needsFace: gettext("Turn on the camera and show your face: then the music can follow it."),
  ready: gettext("The music goes on for as long as you like, up to ten minutes."),
  beginning: gettext("The first phrase is being composed…"),
  begun: gettext("The music follows your face."),
  waiting: gettext("Waiting for the next phrase…"),
  ending: gettext("The music is coming to its end."),
  longest: gettext("Ten minutes are the longest that the music can follow you, so it is coming to its end."),
  ended: gettext("The music has ended and is kept as a piece."),
  endedUnheard: gettext("The music has ended before anything of it was heard."),
  gone: gettext("The music has ended; the server did not say where its piece is."),
}

export function refusal(code) {
  return REFUSED[code] ?? FAILED
}

// label: as in a reading; null while no face is seen
export function followed(label) {
  if (label === null) return gettext("No face is seen: the music stays with the last one, then becomes neutral.")
  if (label === "unsure") return gettext("No expression stands out in your face.")
  return filled(gettext("Your face looks {expression}."), { expression: FACES[label] })
}

export function played(emotion) {
  return MUSIC[emotion] ?? MUSIC.custom
}
