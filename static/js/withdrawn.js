// After an erasure: what this device still kept of the session goes too, and other windows stop.

import AnswerStore, { ERASED } from "./answer_store.js"

const { study, participant } = document.querySelector("#withdrawn").dataset
new AnswerStore(study, participant).clear()
new BroadcastChannel(ERASED).postMessage(participant)
