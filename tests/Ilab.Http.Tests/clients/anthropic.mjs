// The stock Anthropic client against BASE: node anthropic.mjs BASE MODEL; prints what it saw.
import Anthropic from "@anthropic-ai/sdk";

const [baseURL, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey: process.env.TOKEN ?? "none", maxRetries: 0 });
const messages = [{ role: "user", content: "Count." }];
const ask = { model, messages, system: "Be brief.", temperature: 0, max_tokens: 8 };
const fault = async (promise) => {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof Anthropic.APIError ? [error.constructor.name, error.error?.error?.type] : String(error);
  }
};

const seen = {};
const whole = await client.messages.create(ask);
seen.whole = whole.content[0].text;
seen.input = whole.usage.input_tokens;
const final = await client.messages.stream(ask).finalMessage();
seen.streamed = final.content[0].text;
seen.reason = final.stop_reason;
seen.tokens = final.usage.output_tokens;
seen.counted = (await client.messages.countTokens({ model, messages, system: "Be brief." })).input_tokens;
seen.unknown = await fault(client.messages.create({ ...ask, model: "nope" }));
seen.overflow = await fault(client.messages.create({ ...ask, messages: [{ role: "user", content: "x".repeat(3000) }] }));
const stream = client.messages.stream({ ...ask, max_tokens: 400 });
try {
  for await (const _ of stream) stream.abort();
  seen.aborted = "no";
} catch (error) {
  seen.aborted = error.constructor.name;
}
console.log(JSON.stringify(seen));
