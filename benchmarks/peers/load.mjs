// The load: a line of JSON asks for bursts, a line of JSON answers with what came of one.
//
// Asked: {url, connections, seconds | amount, requests: [{headers, body}], expected}
// Answered: {requests, seconds, p50, p99, failure}; times of requests are in milliseconds.

import { createInterface } from "node:readline";

import autocannon from "autocannon";

const ERROR = '"errors":[{';

// Each connection goes through the requests in an order of its own. In one order for all they
// would ask for the same thing at the same time, which nobody does.
function shuffled(requests) {
  const order = [...requests];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

async function burst({ url, connections, seconds, amount, requests, expected }) {
  const times = [];
  let failure = null;
  const posts = requests.map(({ headers, body }) => ({
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  }));
  const started = performance.now();
  const running = autocannon({
    url,
    connections,
    ...(amount ? { amount } : { duration: seconds }),
    sampleInt: 100,
    timeout: 30,
    setupClient: (client) => client.setRequests(shuffled(posts)),
    verifyBody: (body) => {
      const good = body.includes(expected) && !body.includes(ERROR);
      if (!good) failure ??= body.slice(0, 500);
      return good;
    },
  });
  running.on("response", (_client, status, _bytes, milliseconds) => {
    times.push(milliseconds);
    if (status !== 200) failure ??= `status ${status}`;
  });
  const result = await running;
  const lasted = (performance.now() - started) / 1000;
  // What was under way at the end has no answer; nothing else may be without one.
  if (result.requests.sent - times.length > connections) failure ??= "connections were dropped";
  if (result.errors) failure ??= `${result.errors} connections failed or timed out`;
  times.sort((one, other) => one - other);
  const percentile = (percent) => times[Math.ceil((times.length * percent) / 100) - 1] ?? null;
  return {
    requests: times.length,
    seconds: lasted,
    p50: percentile(50),
    p99: percentile(99),
    failure,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await burst(JSON.parse(line))));
}
