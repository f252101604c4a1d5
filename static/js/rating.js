// The rating page: wires session, queue and screens together and leads through them.

import AnswerStore, { ERASED } from "./answer_store.js"
import ItemScreen from "./item_screen.js"
import MediaShelf from "./media_shelf.js"
import MessageLine from "./message_line.js"
import RatingQueue from "./rating_queue.js"
import RatingScreens from "./rating_screens.js"
import RatingSession from "./rating_session.js"
import SoundCheck from "./sound_check.js"
import StudyApi from "./study_api.js"
import * as words from "./rating_words.js"

const AHEAD = 2 // items whose files are fetched before they are needed
const RETRY_MS = 3000
const SOUND_WORKS = "sound-working" // a mark of this device
const find = (selector) => document.querySelector(selector)

const page = find("#rating")
const { study, participant, stateUrl, ratingsUrl, soundCheckUrl, doneUrl, csrfToken } = page.dataset
const api = new StudyApi(stateUrl, csrfToken)
const store = new AnswerStore(study, participant)
const queue = new RatingQueue(store, api)
const session = new RatingSession(api, queue)
const screens = new RatingScreens(page)
const message = new MessageLine(find("#message"))
const shelf = new MediaShelf()
const itemScreen = new ItemScreen(screens.get("item"), shelf, message)
const soundCheck = new SoundCheck(screens.get("sound-check"))
let partShown = null
let isCutOff = false

async function run() {
  await queue.flush() // what was left from before goes first
  await untilLoaded(() => session.refresh())
  if (session.current && session.done === 0) await screens.ask("start")
  while (!session.isFinished) {
    while (session.current) await rate(session.current)
    await finish()
    await untilLoaded(() => session.startOver())
  }
  location.replace(doneUrl)
}

async function untilLoaded(load) {
  for (let status; (status = await load()) !== 200; ) {
    if (status in words.STOPPED) await stop(status)
    message.error(words.SAVING.noState)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  message.clear(words.SAVING.noState)
  showProgress()
}

async function rate(item) {
  shelf.stock(session.ahead(AHEAD))
  await introduce(item)
  if (!session.isCurrent(item)) return // rated in another window meanwhile
  screens.show("item")
  const answer = await itemScreen.show(item, session.done + 1, session.total)
  if (answer === null) return
  queue.add(item.id, ratingsUrl, answer)
  session.finish(item)
  showProgress()
}

// What comes before the first item of a part, and again after a reload.
async function introduce({ kind }) {
  if (kind === partShown) return
  const screen = screens.get("part")
  screen.querySelector("h1").textContent = words.part(session.partOf({ kind }), session.parts.length, kind)
  screen.querySelector("[data-what]").textContent = words.PARTS[kind][1]
  const isBack = partShown === null && session.done > 0
  screen.querySelector("[data-back]").textContent = isBack ? words.welcomeBack(session.done, session.total) : ""
  await screens.ask("part")
  if (kind === "music") await checkSound()
  partShown = kind
}

async function checkSound() {
  if (store.isMarked(SOUND_WORKS)) return
  screens.show("sound-check")
  const tries = await soundCheck.run()
  store.mark(SOUND_WORKS)
  queue.add("sound-check", soundCheckUrl, { tries })
  message.show(words.SOUND_CHECK.right, "good")
}

async function finish() {
  if (!queue.size) return
  screens.show("ending")
  await queue.drained()
}

// Nothing more can be done here: the promise stays open.
function stop(status) {
  const screen = screens.get("stopped")
  const [title, what] = words.STOPPED[status]
  screen.querySelector("h1").textContent = title
  screen.querySelector("[data-what]").textContent = what
  screen.querySelector("[data-go-on]").hidden = status !== 401
  itemScreen.player.pause()
  message.clear()
  screens.show("stopped")
  return new Promise(() => {})
}

function showProgress() {
  find("#progress-bar").max = session.total
  find("#progress-bar").value = session.done
  find("#progress-words").textContent = words.progress(session.done, session.total)
  find("#unsent").textContent = isCutOff && queue.size ? words.waiting(queue.size) : ""
}

queue.addEventListener("waiting", () => {
  isCutOff = true
  message.show(navigator.onLine ? words.SAVING.unreachable : words.SAVING.offline)
  showProgress()
})
queue.addEventListener("empty", () => {
  if (isCutOff) message.show(words.SAVING.sent, "good")
  isCutOff = false
  showProgress()
})
queue.addEventListener("refused", ({ detail }) => message.error(words.SAVING.refused(detail)))
queue.addEventListener("stopped", ({ detail }) => stop(detail))
session.addEventListener("skipped", () => {
  message.show(words.SAVING.elsewhere)
  itemScreen.leave()
})
new BroadcastChannel(ERASED).addEventListener("message", ({ data }) => data === participant && queue.stop(410))
addEventListener("beforeunload", (event) => queue.size && event.preventDefault())

run()
