// Every sentence that the rating page's scripts say to a participant, in one place.

import { LANGUAGE, filled, gettext, ngettext } from "./i18n.js"

export const QUESTIONS = {
  image: gettext("How does the person in the picture feel, from 0 sad to 10 happy?"),
  music: gettext("What emotion does this music convey, from 0 sad to 10 happy?"),
}

// What each part consists of, on its first page, and what to do there.
export const PARTS = {
  image: [
    gettext("Pictures"),
    gettext("You see one picture after the other. Go by your first impression; nobody else's answer counts."),
  ],
  music: [
    gettext("Music"),
    gettext("You hear one piece after the other, each to its end. Judge the music by itself, and by what it conveys to you."),
  ],
}
const NUMBERED = { image: gettext("Part {i} of {n}: pictures"), music: gettext("Part {i} of {n}: music") }

export const SLIDER = {
  empty: gettext("no answer yet"),
}

export const NEXT = {
  needsScore: gettext("Set your answer on the line to go on."),
  needsHearing: gettext("Listen to the end once to go on."),
  needsBoth: gettext("Listen to the end and set your answer on the line to go on."),
  needsFile: gettext("One moment: this is still loading."),
}

export const CLIP = {
  play: gettext("Play"),
  pause: gettext("Pause"),
  again: gettext("Play again"),
  loading: gettext("Loading the music…"),
  ready: gettext("Not heard yet"),
  playing: gettext("Playing: listen to the end"),
  paused: gettext("Paused: listen to the end"),
  skipped: gettext("A part was left out. Please listen to the whole piece."),
  heard: gettext("Heard to the end ✓"),
  unheard: gettext("The sound could not be played. Please press Play again."),
}

export const SOUND_CHECK = {
  wrong: gettext("That is not the number of notes. Turn the volume up, or put headphones on, and listen to another example."),
  stillWrong: gettext(
    "Not yet. Is the sound going to the right device, and is it unmuted? If it cannot be heard here, go on on another device with your code. Here is another example.",
  ),
  right: gettext("Right: the sound works."),
  missing: gettext("The example could not be loaded. Check your connection; it is tried again."),
}

export const SAVING = {
  offline: gettext("You are offline; your answers are kept on this device and sent later."),
  unreachable: gettext("The server cannot be reached just now; your answers are kept on this device and sent later."),
  sent: gettext("You are connected again and your answers have arrived."),
  refused: (detail) =>
    filled(gettext("One answer could not be stored, and the study goes on without it. The server said: {detail}"), { detail }),
  elsewhere: gettext("This one has been answered in another window; that answer stands."),
  noMedia: gettext("The next picture or piece cannot be loaded. It is tried again by itself; your answers so far are safe."),
  noState: gettext("The server cannot be reached. It is tried again by itself."),
}

export const STOPPED = {
  410: [gettext("This session was withdrawn"), gettext("All its ratings have been erased. You can close this page.")],
  401: [
    gettext("This browser has no session here any more"),
    gettext("Perhaps its cookies were cleared. Go on with your code; answers that are not sent yet are still on this device."),
  ],
}

export const part = (i, n, kind) => (n > 1 ? filled(NUMBERED[kind], { i, n }) : PARTS[kind][0])
export const progress = (done, total) => filled(gettext("{done} of {total} answered"), { done, total })
export const place = (i, total) => filled(gettext("{i} of {total}:"), { i, total })
export const waiting = (n) => filled(ngettext("{n} answer waits to be sent.", "{n} answers wait to be sent.", n), { n })
export const welcomeBack = (done, total) =>
  filled(gettext("You have answered {done} of {total}. You go on where you stopped."), { done, total })

const ENDS = { 0: gettext("sad"), 5: gettext("neutral"), 10: gettext("happy") }
const where = (value) => ENDS[value] ?? (value < 5 ? gettext("towards sad") : gettext("towards happy"))

// 7.3 → "7.3, towards happy"
export const score = (value) =>
  filled(gettext("{value}, {where}"), { value: Number(value).toLocaleString(LANGUAGE), where: where(value) })

// "This is a check that you are reading: please move the slider to 2 (towards sad)."
export const check = (asked) =>
  filled(gettext("This is a check that you are reading: please move the slider to {asked} ({where})."), {
    asked: Number(asked).toLocaleString(LANGUAGE),
    where: where(asked),
  })
