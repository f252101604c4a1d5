// The webcam page: wires camera, reading and music together.

import Camera from "./camera.js"
import CameraInvitation from "./camera_invitation.js"
import CameraSession from "./camera_session.js"
import ComposeButton from "./compose_button.js"
import EmotionLight from "./emotion_light.js"
import FaceOverlay from "./face_overlay.js"
import LiveMode from "./live_mode.js"
import { rememberMaker } from "./maker.js"
import MessageLine from "./message_line.js"
import MusicPanel from "./music_panel.js"
import PhotoForm from "./photo_form.js"
import PieceForm from "./piece_form.js"
import ReadingPanel from "./reading_panel.js"
import Socket from "./socket.js"
import { STATUS } from "./words.js"

const find = (selector) => document.querySelector(selector)
const WIDEST_FRAME_PX = 640 // enough for a face at arm's length, light enough for a phone's uplink

const stage = find("#stage")
const hall = find("#hall")
const camera = new Camera(find("#camera-video"), Math.min(WIDEST_FRAME_PX, Number(stage.dataset.maxFramePx) || WIDEST_FRAME_PX))
const session = new CameraSession(camera, new Socket(stage.dataset.readingSocket))
const invitation = new CameraInvitation(find("#invitation"))
const light = new EmotionLight(stage, find("#lights"))
const overlay = new FaceOverlay(find("#face-overlay"))
const reading = new ReadingPanel(find("#reading"))
const compose = new ComposeButton(find("#compose"))
const message = new MessageLine(find("#message"))
const music = new MusicPanel(find("#music"))
const live = new LiveMode(find("#live"), session, () => find("#finer").checked)
const photoForm = new PhotoForm(find("#photo-form"))
const emotionForm = new PieceForm(find("#emotion-form"))
let composeAgain = null
let hiccup = null

function composeFromCamera() {
  if (find("#compose").disabled) return message.error(STATUS.needsReading)
  session.compose(find("#finer").checked)
  updateBusy()
}

function updateBusy() {
  reading.isFollowed = live.isOn
  compose.busy = session.composing || music.isBusy || live.isOn
}

function follow(piece, again) {
  composeAgain = again
  message.clear()
  music.follow(piece)
  updateBusy()
  music.scrollIntoView()
}

function showCamera(isOn) {
  hall.dataset.state = isOn ? "live" : "closed"
  invitation.isAsking = false
  find("#while-live").hidden = !isOn
  if (isOn) return reading.starting()
  hall.style.removeProperty("--picture")
  overlay.clear()
  reading.off()
  light.seen(null)
  compose.forget()
}

function showReading(now) {
  overlay.show(now.faces, camera.frameSize)
  hall.dataset.mood = now.expression ?? ""
  compose.reading(now.expression !== null)
  const isFaceShown = reading.show(now)
  if (!isFaceShown) light.seen(null)
  else if (now.expression !== null) light.seen(now)
}

find("#camera-start").addEventListener("click", () => {
  if (invitation.isAsking) return
  invitation.clear()
  invitation.isAsking = true
  message.show(STATUS.opening)
  session.start()
})
find("#camera-stop").addEventListener("click", () => {
  session.stop()
  message.show(STATUS.stopped, "good")
  find("#camera-start").focus()
})
find("#camera-video").addEventListener("resize", ({ target }) => {
  if (target.videoWidth) hall.style.setProperty("--picture", `${target.videoWidth} / ${target.videoHeight}`)
})
find("#compose").addEventListener("click", composeFromCamera)
find("#compose-again").addEventListener("click", () => composeAgain?.())

session.addEventListener("on", () => {
  showCamera(true)
  message.clear(STATUS.opening)
  find("#camera-stop").focus({ preventScroll: true })
})
session.addEventListener("off", () => showCamera(false))
session.addEventListener("reading", ({ detail }) => {
  showReading(detail)
  if (hiccup) message.clear(hiccup)
  hiccup = null
})
session.addEventListener("refused", ({ detail }) => {
  message.clear(STATUS.opening)
  updateBusy()
  invitation.refused(detail)
})
session.addEventListener("lost", () => {
  reading.lost()
  overlay.clear()
  compose.forget()
  updateBusy()
  message.error(STATUS.lost)
})
session.addEventListener("found", () => message.show(STATUS.found, "good"))
session.addEventListener("hiccup", ({ detail }) => {
  hiccup = detail
  message.show(detail)
})
session.addEventListener("trouble", ({ detail }) => {
  updateBusy()
  message.error(detail)
})
session.addEventListener("composing", ({ detail }) => {
  rememberMaker(detail)
  follow(detail.piece, composeFromCamera)
})

for (const form of [photoForm, emotionForm]) {
  form.addEventListener("composing", ({ detail }) => follow(detail.piece, () => form.again()))
  form.addEventListener("trouble", ({ detail }) => message.error(detail))
}

live.addEventListener("change", updateBusy)
music.addEventListener("sounding", ({ detail }) => light.heard(detail))
music.addEventListener("ready", updateBusy)
music.addEventListener("failed", ({ detail }) => {
  updateBusy()
  message.error(detail)
})
music.addEventListener("trouble", ({ detail }) => message.show(detail))
music.addEventListener("fine", ({ detail }) => message.clear(detail))

addEventListener("pagehide", () => session.stop())
