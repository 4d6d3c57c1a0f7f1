// The stock OpenAI client against BASE: node openai.mjs BASE MODEL; prints what it saw.
import OpenAI from "openai";

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
const stream = client.chat.completions.stream({ ...ask, max_tokens: 400 });
try {
  for await (const _ of stream) stream.abort();
  seen.aborted = "no";
} catch (error) {
  seen.aborted = error.constructor.name;
}
console.log(JSON.stringify(seen));
