// What kept the camera from opening, by kind: denied, none, taken, insecure, unsupported, unplugged or unknown.

const KINDS = {
  NotAllowedError: "denied",
  SecurityError: "insecure",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "taken",
  AbortError: "taken",
}

export default class CameraProblem extends Error {
  constructor(kind, options) {
    super(`camera: ${kind}`, options)
    this.kind = kind
  }

  static from(error) {
    return new CameraProblem(KINDS[error.name] ?? "unknown", { cause: error })
  }
}
