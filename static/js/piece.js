// A piece's own page: the player when it is ready, progress until then, and what can be made from it.

import CopyButton from "./copy_button.js"
import FreshParts from "./fresh_parts.js"
import GoOnPlace from "./go_on_place.js"
import "./press_once.js"
import MessageLine from "./message_line.js"
import MusicPanel from "./music_panel.js"
import WallSwitch from "./wall_switch.js"
import { STATUS } from "./words.js"

const find = (selector) => document.querySelector(selector)
const page = find("#piece")
const message = new MessageLine(find("#message"))
const parts = new FreshParts(page)

// What a ready piece's page has, each time it comes anew from the server.
function furnish() {
  const [place, copy, wall] = ["[data-go-on-at]", "[data-copy]", "#wall"].map(find)
  if (place) new GoOnPlace(place, document.querySelectorAll("audio"))
  if (copy) new CopyButton(copy)
  if (!wall) return
  const wallSwitch = new WallSwitch(wall)
  wallSwitch.addEventListener("trouble", ({ detail }) => message.show(detail))
  wallSwitch.addEventListener("changed", async () => {
    await renew()
    find("#wall button").focus()
    message.show(find("[data-wall-state]").textContent, "good")
  })
}

async function renew() {
  try {
    await parts.renew()
    furnish()
  } catch (error) {
    console.info("the page could not be renewed", error)
    message.show(STATUS.requestFailed)
  }
}

function wire(music) {
  music.addEventListener("trouble", ({ detail }) => message.show(detail))
  music.addEventListener("fine", ({ detail }) => message.clear(detail))
  music.addEventListener("failed", ({ detail }) => {
    find("#failure-detail").textContent = detail
    find("#failure").hidden = false
  })
  music.addEventListener("ready", () => renew())
}

function readyPiece({ dataset }) {
  return {
    emotion: dataset.emotion,
    seconds: Number(dataset.seconds),
    begin_s: Number(dataset.beginS),
    url: location.pathname,
    audio_url: dataset.audioUrl,
    midi_url: dataset.midiUrl,
    notes_url: dataset.notesUrl,
    picture_url: dataset.pictureUrl,
  }
}

furnish()
if (page.dataset.state !== "failed") {
  const music = new MusicPanel(find("#music"))
  wire(music)
  if (page.dataset.state === "ready") music.showReady(readyPiece(page))
  else music.follow(page.dataset.piece)
}
