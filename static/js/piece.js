// A piece's own page: the player when it is ready, progress until then.

import MessageLine from "./message_line.js"
import MusicPanel from "./music_panel.js"
import PieceFacts from "./piece_facts.js"
import { pieceTitle } from "./words.js"

const find = (selector) => document.querySelector(selector)
const page = find("#piece")
const message = new MessageLine(find("#message"))
const facts = new PieceFacts(find("#facts"))

function wire(music) {
  music.addEventListener("trouble", ({ detail }) => message.show(detail))
  music.addEventListener("fine", ({ detail }) => message.clear(detail))
  music.addEventListener("failed", ({ detail }) => {
    find("#failure-detail").textContent = detail
    find("#failure").hidden = false
  })
  music.addEventListener("ready", ({ detail }) => {
    find("#piece-title").textContent = pieceTitle(detail)
    document.title = `${pieceTitle(detail)} · SentiMozart`
    facts.show(detail)
  })
}

function readyPiece({ dataset }) {
  return {
    emotion: dataset.emotion,
    seconds: Number(dataset.seconds),
    url: location.pathname,
    audio_url: dataset.audioUrl,
    midi_url: dataset.midiUrl,
    notes_url: dataset.notesUrl,
  }
}

if (page.dataset.state !== "failed") {
  const music = new MusicPanel(find("#music"))
  wire(music)
  if (page.dataset.state === "ready") music.showReady(readyPiece(page))
  else music.follow(page.dataset.piece)
}
