// The stock Ollama client against BASE: node ollama.mjs BASE MODEL; prints what it saw.
import { Ollama } from "ollama";

const [host, model] = process.argv.slice(2);
const client = new Ollama({ host, headers: process.env.TOKEN ? { Authorization: `Bearer ${process.env.TOKEN}` } : {} });
const ask = { model, messages: [{ role: "user", content: "Count." }], options: { temperature: 0, num_predict: 8 } };
const seen = {};
seen.models = (await client.list()).models.map((entry) => entry.name).filter((name) => name === `${model}:latest`);
seen.whole = (await client.chat(ask)).message.content;
seen.streamed = "";
for await (const part of await client.chat({ ...ask, stream: true })) seen.streamed += part.message.content;
seen.generated = (await client.generate({ model, prompt: "a", raw: true, options: { num_predict: 3 } })).eval_count;
seen.family = (await client.show({ model })).details.family;
seen.embedded = (await client.embed({ model, input: "a" })).embeddings[0].length;
seen.running = (await client.ps()).models.length;
try {
  await client.chat({ ...ask, model: "nope" });
} catch (error) {
  seen.unknown = [error.name, error.status_code, error.message];
}
try {
  const stream = await client.generate({ model, prompt: "a", raw: true, stream: true, options: { num_predict: 400 } });
  for await (const _ of stream) client.abort();
  seen.aborted = "no";
} catch (error) {
  seen.aborted = error.name;
}
console.log(JSON.stringify(seen));
