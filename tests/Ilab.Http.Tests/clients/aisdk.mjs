// The AI SDK's provider for compatible services against BASE: node aisdk.mjs BASE MODEL; prints what it saw.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, streamText } from "ai";

const [base, model] = process.argv.slice(2);
const provider = createOpenAICompatible({ name: "ilab", baseURL: `${base}/v1`, apiKey: process.env.TOKEN ?? "none", includeUsage: true });
const ask = { model: provider(model), prompt: "Count.", temperature: 0, maxOutputTokens: 8, maxRetries: 0 };
const fault = async (promise) => {
  try {
    await promise;
    return "none";
  } catch (error) {
    return APICallError.isInstance(error) ? ["APICallError", error.statusCode] : String(error);
  }
};

const seen = {};
const whole = await generateText(ask);
seen.whole = whole.text;
seen.tokens = whole.usage.outputTokens;
seen.reason = whole.finishReason;
const stream = streamText(ask);
seen.streamed = "";
for await (const text of stream.textStream) seen.streamed += text;
seen.usage = (await stream.usage).outputTokens;
seen.completed = (await generateText({ ...ask, model: provider.completionModel(model) })).usage.outputTokens;
seen.embedded = (await embedMany({ model: provider.embeddingModel(model), values: ["a", "b"] })).embeddings.map((one) => one.length);
seen.unknown = await fault(generateText({ ...ask, model: provider("nope") }));
seen.overflow = await fault(generateText({ ...ask, prompt: "x".repeat(3000) }));
const stop = new AbortController();
let parts = 0;
const cut = streamText({ ...ask, maxOutputTokens: 400, abortSignal: stop.signal, onError: () => {} });
for await (const part of cut.fullStream) {
  if (part.type === "text-delta" && parts++ === 0) stop.abort();
  if (part.type === "abort") seen.aborted = "abort";
}
console.log(JSON.stringify(seen));
