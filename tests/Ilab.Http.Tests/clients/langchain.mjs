// LangChain's OpenAI classes against BASE: node langchain.mjs BASE MODEL; prints what they saw.
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";

const [base, model] = process.argv.slice(2);
const configuration = { baseURL: `${base}/v1` };
const settings = { model, apiKey: process.env.TOKEN ?? "none", configuration, maxRetries: 0, temperature: 0, maxTokens: 8 };
const chat = new ChatOpenAI(settings);
const fault = async (promise) => {
  try {
    await promise;
    return "none";
  } catch (error) {
    return [error.status, error.code];
  }
};

const seen = {};
const whole = await chat.invoke("Count.");
seen.whole = whole.content;
seen.tokens = whole.usage_metadata.output_tokens;
seen.streamed = "";
for await (const chunk of await chat.stream("Count.")) {
  seen.streamed += chunk.content;
  if (chunk.usage_metadata?.output_tokens) seen.usage = chunk.usage_metadata.output_tokens;
}
seen.responses = (await new ChatOpenAI({ ...settings, useResponsesApi: true }).invoke("Count.")).text;
seen.embedded = (await new OpenAIEmbeddings({ model, apiKey: settings.apiKey, configuration }).embedDocuments(["a", "b"])).map((one) => one.length);
seen.unknown = await fault(new ChatOpenAI({ ...settings, model: "nope" }).invoke("Count."));
seen.overflow = await fault(chat.invoke("x".repeat(3000)));
const stop = new AbortController();
try {
  for await (const _ of await new ChatOpenAI({ ...settings, maxTokens: 400 }).stream("Count.", { signal: stop.signal })) stop.abort();
  seen.aborted = "no";
} catch (error) {
  seen.aborted = error.name;
}
console.log(JSON.stringify(seen));
