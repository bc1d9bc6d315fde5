// The sandbox's control API. Every failure is an Error whose message is a sentence for the person.

async function call(method, url, body) {
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const why = answer?.detail ?? answer?.message ?? answer?.title ?? answer?.error;
    const error = new Error(typeof why === "string" ? asSentence(why) : `The sandbox refused this (${response.status}).`);
    error.status = response.status;
    throw error;
  }
  return answer;
}

/** "this phone is offline" → "This phone is offline." */
function asSentence(text) {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

const listOf = (answer, name) => (Array.isArray(answer) ? answer : (answer?.[name] ?? answer?.items ?? []));

export function connect(base) {
  const phone = (number) => `${base}/phones/${encodeURIComponent(number)}`;
  return {
    phones: async () => listOf(await call("GET", `${base}/phones`), "phones"),
    messages: async (number) => listOf(await call("GET", `${phone(number)}/messages`), "messages"),
    addPhone: (fields) => call("POST", `${base}/phones`, fields),
    change: (number, fields) => call("PATCH", phone(number), fields),
    block: (number, channel, blocked) => call("POST", `${phone(number)}/block`, { channel, blocked }),
    say: (number, what) => call("POST", `${phone(number)}/say`, what),
    unsubscribe: (id) => call("POST", `${base}/letters/${encodeURIComponent(id)}/unsubscribe`),
    clock: () => call("GET", `${base}/clock`),
    advance: (seconds) => call("POST", `${base}/clock`, { advance_seconds: seconds }),
    reset: () => call("POST", `${base}/reset`),
    why: (id) => call("GET", `${base}/why/${encodeURIComponent(id)}`),
    act: (path) => call("POST", path),
    events: () => new EventSource(`${base}/events`),
  };
}
