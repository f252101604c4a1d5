// Every sentence that the researcher's scripts say, in one place.

export const SAID = {
  uploading: "Uploading… Stay on this page until it is done.",
  lost: "The connection to the server is lost. What is shown here stands still until it is back.",
  lostAt: (time) => `The connection is lost; this is how it stood at ${time}.`,
  fresh: (time) => `Up to date at ${time}; this page renews itself.`,
  ready: (done, all) => `${done} of ${all} ready`,
  copied: "Copied",
  copy: "Copy",
}

export const clockTime = () => new Date().toLocaleTimeString("en-GB")
