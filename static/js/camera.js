// The webcam: opened on request, captured as JPEG, and really let go of on stop.
// Fires "unplugged" when the device goes away by itself.

import CameraProblem from "./camera_problem.js"

const WANTED = { audio: false, video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } } }
const JPEG_QUALITY = 0.8
const LOWER_QUALITY = 0.5 // when a frame is too heavy at the first
const MAX_FRAME_BYTES = 256 * 1000 // the server takes no more

export default class Camera extends EventTarget {
  #stream = null
  #canvas = document.createElement("canvas")
  #attempt = 0 // a stop while the browser still asks makes the answer void

  // maxPx: longest side of a captured frame.
  constructor(video, maxPx) {
    super()
    this.video = video
    this.maxPx = maxPx
  }

  // Resolves to false when the camera was stopped before it had opened.
  async start() {
    if (!window.isSecureContext) throw new CameraProblem("insecure")
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraProblem("unsupported")
    const attempt = ++this.#attempt
    const stream = await this.#ask()
    if (attempt !== this.#attempt) return release(stream)
    await this.#show(stream)
    return attempt === this.#attempt
  }

  stop() {
    this.#attempt += 1
    if (this.#stream) release(this.#stream)
    this.#stream = null
    this.video.srcObject = null
    this.#canvas.width = this.#canvas.height = 0 // forget the last frame too
  }

  // A Blob, or null while there is no picture.
  async captureJpeg() {
    const { videoWidth, videoHeight } = this.video
    if (!this.#stream || !videoWidth) return null
    const scale = Math.min(1, this.maxPx / Math.max(videoWidth, videoHeight))
    this.#canvas.width = Math.round(videoWidth * scale)
    this.#canvas.height = Math.round(videoHeight * scale)
    this.#canvas.getContext("2d").drawImage(this.video, 0, 0, this.#canvas.width, this.#canvas.height)
    const frame = await this.#encode(JPEG_QUALITY)
    return frame && frame.size > MAX_FRAME_BYTES ? this.#encode(LOWER_QUALITY) : frame
  }

  // [width, height] of the frames as sent.
  get frameSize() {
    return [this.#canvas.width, this.#canvas.height]
  }

  async #ask() {
    try {
      return await navigator.mediaDevices.getUserMedia(WANTED)
    } catch (error) {
      throw CameraProblem.from(error)
    }
  }

  async #show(stream) {
    this.#stream = stream
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => this.dispatchEvent(new Event("unplugged")))
    }
    this.video.srcObject = stream
    try {
      await this.video.play()
    } catch (error) {
      if (this.#stream === stream) throw CameraProblem.from(error) // else: stopped while it started
    }
  }

  #encode(quality) {
    return new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", quality))
  }
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop()
  return false
}
