// Put into the page before its own scripts: notes what is asked, told and played, and records what comes out.

window.ear = { asks: [], phrases: [], starts: [], changes: [], stalls: [], context: null, stream: null }

const now = () => performance.now()

const send = WebSocket.prototype.send
WebSocket.prototype.send = function (data) {
  if (typeof data === "string" && data.includes('"phrase"')) ear.asks.push({ number: JSON.parse(data).number, at: now() })
  if (!this.heard) {
    this.heard = true
    this.addEventListener("message", ({ data: text }) => {
      if (typeof text !== "string" || !text.includes('"type": "phrase"')) return
      const { number, begin_s, end_s, url, emotion, last } = JSON.parse(text)
      ear.phrases.push({ number, begin_s, end_s, url, emotion, last, at: now() })
    })
  }
  return send.call(this, data)
}

const start = AudioBufferSourceNode.prototype.start
AudioBufferSourceNode.prototype.start = function (when) {
  ear.starts.push({ when, clock: this.context.currentTime, at: now(), frames: this.buffer.length, rate: this.buffer.sampleRate })
  return start.call(this, when)
}

// What goes to the loudspeaker goes to a stream as well, sample by sample.
const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (target, ...rest) {
  if (target === this.context.destination && !ear.stream) {
    ear.context = this.context
    ear.stream = this.context.createMediaStreamDestination()
    connect.call(this, ear.stream)
  }
  return connect.call(this, target, ...rest)
}

// WebM with PCM in it, as base64.
ear.record = (seconds) =>
  new Promise((resolve) => {
    const recorder = new MediaRecorder(ear.stream.stream, { mimeType: "audio/webm;codecs=pcm" })
    const parts = []
    recorder.ondataavailable = ({ data }) => parts.push(data)
    recorder.onstop = () => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result.split(",")[1])
      reader.readAsDataURL(new Blob(parts))
    }
    recorder.start(1000)
    setTimeout(() => recorder.stop(), 1000 * seconds)
  })

// The mark in the picture's corner tells when the face changes.
ear.watch = (video) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 4, height: 4 })
  const pen = canvas.getContext("2d", { willReadFrequently: true })
  let before = null
  const look = () => {
    if (!video.videoWidth) return
    pen.drawImage(video, 4, 4, 24, 24, 0, 0, 4, 4)
    const smiles = pen.getImageData(1, 1, 1, 1).data[0] > 128
    if (before !== null && smiles !== before) ear.changes.push({ smiles, clock: ear.context?.currentTime ?? null, at: now() })
    before = smiles
  }
  setInterval(look, 20)
}
