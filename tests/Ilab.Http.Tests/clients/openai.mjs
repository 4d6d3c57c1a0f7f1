// The stock OpenAI client against BASE: node openai.mjs BASE MODEL; prints what it saw.
import OpenAI, { toFile } from "openai";

const [base, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: process.env.TOKEN ?? "none", maxRetries: 0 });
const messages = [{ role: "user", content: "Count." }];
const ask = { model, messages, temperature: 0, max_tokens: 8 };
const fault = async (promise) => {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof OpenAI.APIError ? [error.constructor.name, error.code] : String(error);
  }
};

const seen = { models: [] };
for await (const entry of client.models.list()) seen.models.push(entry.id);
seen.models = seen.models.filter((id) => id === model);
const whole = await client.chat.completions.create({ ...ask, logprobs: true });
seen.whole = whole.choices[0].message.content;
seen.tokens = whole.choices[0].logprobs.content.length;
seen.streamed = "";
for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? "";
  if (chunk.usage) seen.usage = chunk.usage.completion_tokens;
}
seen.choices = (await client.completions.create({ model, prompt: "a", n: 2, max_tokens: 2 })).choices.length;
seen.embedded = (await client.embeddings.create({ model, input: ["a", "b"] })).data.map((one) => one.embedding.length);
seen.unknown = await fault(client.chat.completions.create({ ...ask, model: "nope" }));
seen.overflow = await fault(client.chat.completions.create({ ...ask, messages: [{ role: "user", content: "x".repeat(3000) }] }));

const respond = { model, input: "Count.", temperature: 0, max_output_tokens: 8 };
await client.responses.create(respond); // the prompt is known from here on, so that all answers are computed alike
const response = await client.responses.create(respond);
seen.response = response.output_text;
seen.events = [];
let said = "";
for await (const event of await client.responses.create({ ...respond, stream: true })) {
  if (event.type === "response.output_text.delta") said += event.delta;
  if (seen.events.at(-1) !== event.type) seen.events.push(event.type);
}
seen.sameResponse = said === response.output_text;
seen.collected = (await client.responses.stream(respond).finalResponse()).output_text === said;
seen.continued = (await client.responses.create({ ...respond, previous_response_id: response.id })).usage.input_tokens > response.usage.input_tokens;
seen.retrieved = (await client.responses.retrieve(response.id)).output_text === said;
seen.items = [];
for await (const item of client.responses.inputItems.list(response.id)) seen.items.push(item.content[0].text);
await client.responses.delete(response.id);
seen.deleted = await fault(client.responses.retrieve(response.id));

const line = (id) => JSON.stringify({ custom_id: id, method: "POST", url: "/v1/chat/completions", body: ask });
const upload = { file: await toFile(Buffer.from(`${line("1")}\n${line("2")}\n`), "lines.jsonl"), purpose: "batch" };
const file = await client.files.create(upload);
let batch = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
while (!["completed", "failed"].includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  batch = await client.batches.retrieve(batch.id);
}
seen.batch = [batch.status, batch.request_counts.completed];
const results = await (await client.files.content(batch.output_file_id)).text();
seen.results = results.trim().split("\n").map((one) => JSON.parse(one).custom_id);
seen.listed = (await client.batches.list()).data.some((one) => one.id === batch.id);
seen.files = [];
for await (const one of client.files.list()) if ([file.id, batch.output_file_id].includes(one.id)) seen.files.push(one.purpose);
seen.removed = (await client.files.delete(file.id)).deleted;
seen.noFile = await fault(client.files.retrieve(file.id));

const stream = client.chat.completions.stream({ ...ask, max_tokens: 400 });
try {
  for await (const _ of stream) stream.abort();
  seen.aborted = "no";
} catch (error) {
  seen.aborted = error.constructor.name;
}
console.log(JSON.stringify(seen));
