// What a status looks like: ticks as a messenger draws them, and the word for it.

const WAITING = new Set(["accepted", "scheduled", "queued", "sending", "receiving"]);
const FAILED = new Set(["failed", "undelivered", "canceled"]);

/** One of waiting, sent, delivered, read, failed. */
export function stage(status) {
  if (WAITING.has(status)) return "waiting";
  if (FAILED.has(status)) return "failed";
  if (status === "read") return "read";
  if (status === "sent") return "sent";
  return "delivered";
}

const ICONS = { waiting: "clock", sent: "check", delivered: "check-check", read: "check-check", failed: "circle-alert" };
export const stageIcon = (status) => ICONS[stage(status)];

const TONES = {
  ok: ["delivered", "received", "read", "played"],
  info: ["accepted", "sent"],
  warn: ["held", "unconfirmed"],
  bad: ["failed", "undelivered", "canceled", "cancelled", "suppressed", "expired"],
};
/** The tone of a status, the carrier's or the product's. */
export const stageTone = (status) => Object.keys(TONES).find((tone) => TONES[tone].includes(status)) ?? "";

const NAMES = { undelivered: "Not delivered", canceled: "Cancelled", receiving: "On its way", received: "Received" };

/** The word for a status, with the error's code where there is one. */
export function statusText({ status, error_code: code, direction }) {
  // To whoever holds the phone, what we have received has been delivered.
  if (direction === "out" && status === "received") return "Delivered";
  const name = NAMES[status] ?? status.charAt(0).toUpperCase() + status.slice(1);
  return code ? `${name} · ${code}` : name;
}

/** Whether the message has come to the phone: until then its owner does not see it. */
export const hasArrived = (message) => message.direction === "out" || ["delivered", "read"].includes(stage(message.status));
