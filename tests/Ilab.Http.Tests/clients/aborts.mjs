// Calls of a stock client against BASE that are given up in the middle: node aborts.mjs BASE MODEL CLIENT. All begin at once, whole answers and streams; a line
// on standard input ends them, and how each of them ended is printed.
import { createInterface } from "node:readline";

const [base, model, client] = process.argv.slice(2);
const apiKey = process.env.TOKEN ?? "none";
const messages = [{ role: "user", content: "Count." }];
const most = 1900;
const stop = new AbortController();
const { signal } = stop;
const drain = async (stream) => {
  for await (const _ of await stream);
  if (signal.aborted) throw new DOMException("aborted", "AbortError"); // some clients end a stream that is given up as if that were all
};

const clients = {
  async openai() {
    const { default: OpenAI } = await import("openai");
    const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey, maxRetries: 0 });
    const [chat, text] = [{ model, messages, max_tokens: most }, { model, prompt: "Count.", max_tokens: most }];
    const respond = { model, input: "Count.", max_output_tokens: most, store: false };
    return [
      openai.chat.completions.create(chat, { signal }),
      drain(openai.chat.completions.create({ ...chat, stream: true }, { signal })),
      openai.completions.create(text, { signal }),
      drain(openai.completions.create({ ...text, stream: true }, { signal })),
      openai.responses.create(respond, { signal }),
      drain(openai.responses.create({ ...respond, stream: true }, { signal })),
    ];
  },
  async ollama() {
    const { Ollama } = await import("ollama");
    const whole = new Ollama({ host: base, fetch: (url, options) => fetch(url, { ...options, signal }) }); // its own abort is for streams
    const streaming = new Ollama({ host: base });
    signal.addEventListener("abort", () => streaming.abort());
    const options = { num_predict: most };
    return [
      whole.chat({ model, messages, options }),
      whole.generate({ model, prompt: "Count.", options }),
      drain(streaming.chat({ model, messages, options, stream: true })),
      drain(streaming.generate({ model, prompt: "Count.", options, stream: true })),
    ];
  },
  async anthropic() {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const anthropic = new Anthropic({ baseURL: base, apiKey, maxRetries: 0, timeout: 60_000 });
    const ask = { model, messages, max_tokens: most };
    return [
      anthropic.messages.create(ask, { signal }),
      drain(anthropic.messages.create({ ...ask, stream: true }, { signal })),
      anthropic.messages.stream(ask, { signal }).finalMessage(),
    ];
  },
  async langchain() {
    const { ChatOpenAI } = await import("@langchain/openai");
    const settings = { model, apiKey, configuration: { baseURL: `${base}/v1` }, maxRetries: 0, maxTokens: most };
    const [chat, responses] = [new ChatOpenAI(settings), new ChatOpenAI({ ...settings, useResponsesApi: true })];
    return [
      chat.invoke("Count.", { signal }),
      drain(chat.stream("Count.", { signal })),
      responses.invoke("Count.", { signal }),
      drain(responses.stream("Count.", { signal })),
    ];
  },
  async aisdk() {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    const { generateText, streamText } = await import("ai");
    const provider = createOpenAICompatible({ name: "ilab", baseURL: `${base}/v1`, apiKey });
    const ask = { model: provider(model), prompt: "Count.", maxOutputTokens: most, maxRetries: 0, abortSignal: signal };
    const stream = async (settings) => {
      for await (const part of streamText({ ...settings, onError: () => {} }).fullStream) {
        if (part.type === "abort") throw new DOMException("aborted", "AbortError"); // which this client tells as a part of the stream
      }
    };
    return [generateText(ask), stream(ask), generateText({ ...ask, model: provider.completionModel(model) }), stream({ ...ask, model: provider.completionModel(model) })];
  },
};

const calls = await clients[client]();
const ends = calls.map((call) => Promise.resolve(call).then(() => "whole", (error) => error.constructor.name + ": " + error.message));
console.log(calls.length);
createInterface({ input: process.stdin }).once("line", async () => {
  stop.abort();
  console.log(JSON.stringify(await Promise.all(ends)));
  process.exit(0);
});
