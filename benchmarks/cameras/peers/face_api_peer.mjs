// Reads frames with face-api.js, in the folder that benchmarks.cameras.peers made: FOLDER FRAMES SECONDS.
// The frames are raw RGB: decoding them is a gift.

import { readFileSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

const WARM_UP_FRAMES = 2
const FEWEST_FRAMES = 5

const [folder, framesFolder, seconds] = process.argv.slice(2)
const require = createRequire(join(folder, "node_modules", "here.js"))
const tf = require("@tensorflow/tfjs")
const wasm = require("@tensorflow/tfjs-backend-wasm")
const faceapi = require("@vladmandic/face-api/dist/face-api.node-wasm.js")

wasm.setWasmPaths(join(folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"))
await tf.setBackend("wasm")
await tf.ready()

const models = join(folder, "node_modules/@vladmandic/face-api/model")
await faceapi.nets.faceExpressionNet.loadFromDisk(models)
await faceapi.nets.tinyFaceDetector.loadFromDisk(models)
await faceapi.nets.ssdMobilenetv1.loadFromDisk(models)
const MODES = {
  "tiny detector": new faceapi.TinyFaceDetectorOptions(),
  "SSD MobileNet": new faceapi.SsdMobilenetv1Options(),
}

const shape = JSON.parse(readFileSync(join(framesFolder, "shape.json"), "utf8"))
const names = readdirSync(framesFolder).filter((name) => name.endsWith(".rgb")).sort()
const frames = names.map((name) => new Uint8Array(readFileSync(join(framesFolder, name))))

// Whether there was a face.
async function read(pixels, options) {
  const frame = tf.tensor3d(pixels, shape, "int32")
  const faces = await faceapi.detectAllFaces(frame, options).withFaceExpressions()
  frame.dispose()
  return faces.length > 0
}

for (const [mode, options] of Object.entries(MODES)) {
  for (const pixels of frames.slice(0, WARM_UP_FRAMES)) await read(pixels, options)
  const until = performance.now() + Number(seconds) * 1000
  const cpu_ms = []
  let found = 0
  while (performance.now() < until || cpu_ms.length < FEWEST_FRAMES) {
    const before = process.cpuUsage()
    found += await read(frames[cpu_ms.length % frames.length], options)
    const { user, system } = process.cpuUsage(before) // microseconds
    cpu_ms.push((user + system) / 1000)
  }
  console.log(JSON.stringify({ name: `face-api.js 1.7.15, ${mode}`, cpu_ms, part_found: found / cpu_ms.length }))
}
