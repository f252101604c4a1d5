// What stands before the curtain: the question whether to open the camera, and what kept it from opening.

import { gettext } from "./i18n.js"
import { CAMERA_PROBLEMS } from "./words.js"

export default class CameraInvitation {
  constructor(root) {
    this.root = root
    this.button = root.querySelector("#camera-start")
    this.problem = root.querySelector("[data-problem]")
  }

  // The browser asks the person now.
  set isAsking(isAsking) {
    this.button.setAttribute("aria-disabled", isAsking)
  }

  get isAsking() {
    return this.button.getAttribute("aria-disabled") === "true"
  }

  // kind: a CameraProblem's
  refused(kind) {
    const [what, wayOn] = CAMERA_PROBLEMS[kind] ?? CAMERA_PROBLEMS.unknown
    this.problem.dataset.kind = kind
    this.problem.querySelector("strong").textContent = what
    this.problem.querySelector("span").textContent = wayOn
    this.root.querySelector("[data-ways-on]").hidden = false
    this.button.textContent = gettext("Try again")
    this.root.scrollIntoView({ block: "nearest" })
    this.button.focus({ preventScroll: true })
  }

  clear() {
    delete this.problem.dataset.kind
    for (const part of this.problem.children) part.textContent = ""
    this.root.querySelector("[data-ways-on]").hidden = true
    this.button.textContent = gettext("Turn on the camera")
  }
}
