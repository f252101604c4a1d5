// Every sentence that the rating page's scripts say to a participant, in one place.

export const QUESTIONS = {
  image: "How does the person in the picture feel, from 0 sad to 10 happy?",
  music: "What emotion does this music convey, from 0 sad to 10 happy?",
}

export const PARTS = {
  image: ["pictures", "You see one picture after the other. Go by your first impression; nobody else's answer counts."],
  music: ["music", "You hear one piece after the other, each to its end. Judge the music by itself, and by what it conveys to you."],
}

export const SLIDER = {
  empty: "no answer yet",
}

export const NEXT = {
  needsScore: "Set your answer on the line to go on.",
  needsHearing: "Listen to the end once to go on.",
  needsBoth: "Listen to the end and set your answer on the line to go on.",
  needsFile: "One moment: this is still loading.",
}

export const CLIP = {
  play: "Play",
  pause: "Pause",
  again: "Play again",
  loading: "Loading the music…",
  ready: "Not heard yet",
  playing: "Playing: listen to the end",
  paused: "Paused: listen to the end",
  skipped: "A part was left out. Please listen to the whole piece.",
  heard: "Heard to the end ✓",
  unheard: "The sound could not be played. Please press Play again.",
}

export const SOUND_CHECK = {
  wrong: "That is not the number of notes. Turn the volume up, or put headphones on, and listen to another example.",
  stillWrong: "Not yet. Is the sound going to the right device, and is it unmuted? If it cannot be heard here, go on on another device with your code. Here is another example.",
  right: "Right: the sound works.",
  missing: "The example could not be loaded. Check your connection; it is tried again.",
}

export const SAVING = {
  offline: "You are offline; your answers are kept on this device and sent later.",
  unreachable: "The server cannot be reached just now; your answers are kept on this device and sent later.",
  sent: "You are connected again and your answers have arrived.",
  refused: (detail) => `One answer could not be stored, and the study goes on without it. The server said: ${detail}`,
  elsewhere: "This one has been answered in another window; that answer stands.",
  noMedia: "The next picture or piece cannot be loaded. It is tried again by itself; your answers so far are safe.",
  noState: "The server cannot be reached. It is tried again by itself.",
}

export const STOPPED = {
  410: ["This session was withdrawn", "All its ratings have been erased. You can close this page."],
  401: ["This browser has no session here any more", "Perhaps its cookies were cleared. Go on with your code; answers that are not sent yet are still on this device."],
}

export const part = (i, n, kind) => (n > 1 ? `Part ${i} of ${n}: ${PARTS[kind][0]}` : PARTS[kind][0].replace(/^./, (c) => c.toUpperCase()))
export const progress = (done, total) => `${done} of ${total} answered`
export const place = (i, total) => `${i} of ${total}:`
export const waiting = (n) => (n === 1 ? "1 answer waits to be sent." : `${n} answers wait to be sent.`)
export const welcomeBack = (done, total) => `You have answered ${done} of ${total}. You go on where you stopped.`

// 7.3 → "7.3, towards happy"
export function score(value) {
  const ends = { 0: "sad", 5: "neutral", 10: "happy" }
  return `${value}, ${ends[value] ?? (value < 5 ? "towards sad" : "towards happy")}`
}

// "This is a check that you are reading: please move the slider to 2 (towards sad)."
export function check(asked) {
  const [number, where] = score(asked).split(", ")
  return `This is a check that you are reading: please move the slider to ${number} (${where}).`
}
