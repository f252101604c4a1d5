// After an erasure: what this device still kept of the session goes too.

import AnswerStore from "./answer_store.js"

const { study, participant } = document.querySelector("#withdrawn").dataset
new AnswerStore(study, participant).clear()
