'use strict';
// The public interoperability cases with a stock client: node client.js ADDRESS CASE. Prints "ok" or what was wrong.
const assert = require('assert');
const { grpc, testing } = require('./load');
const [address, name] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const client = new testing.TestService(address, credentials);

const unary = (method, request, metadata = new grpc.Metadata(), options = {}) => new Promise((resolve, reject) => {
  const seen = {};
  const settle = () => { if (seen.response && seen.status) resolve(seen); };
  const call = client[method](request, metadata, options, (error, response) => { if (error) reject(error); else { seen.response = response; settle(); } });
  call.on('metadata', m => { seen.initial = m; });
  call.on('status', s => { seen.status = s; settle(); });
});
const ends = call => new Promise((resolve, reject) => {
  const messages = [];
  call.on('data', m => messages.push(m));
  call.on('error', reject);
  call.on('status', status => { if (status.code === 0) resolve({ messages, status }); });
});
const fails = async (promise, code, details) => {
  await assert.rejects(promise, e => { assert.strictEqual(e.code, code); if (details !== undefined) assert.strictEqual(e.details, details); return true; });
};
const payload = size => ({ body: Buffer.alloc(size) });
const sizes = [31415, 9, 2653, 58979];
const inputs = [27182, 8, 1828, 45904];
const message = 'test status message';

const cases = {
  async empty_unary() { assert.deepStrictEqual((await unary('EmptyCall', {})).response, {}); },
  async large_unary() {
    const { response } = await unary('UnaryCall', { response_size: 314159, payload: payload(271828) });
    assert.strictEqual(response.payload.body.length, 314159);
  },
  async client_streaming() {
    const total = await new Promise((resolve, reject) => {
      const call = client.StreamingInputCall((error, response) => error ? reject(error) : resolve(response.aggregated_payload_size));
      inputs.forEach(size => call.write({ payload: payload(size) }));
      call.end();
    });
    assert.strictEqual(total, 74922);
  },
  async server_streaming() {
    const { messages, status } = await ends(client.StreamingOutputCall({ response_parameters: sizes.map(size => ({ size })) }));
    assert.deepStrictEqual(messages.map(m => m.payload.body.length), sizes);
    assert.strictEqual(status.code, 0);
  },
  async ping_pong() {
    const call = client.FullDuplexCall();
    const got = [];
    let next = 0;
    const send = () => next < sizes.length ? call.write({ response_parameters: [{ size: sizes[next] }], payload: payload(inputs[next++]) }) : call.end();
    call.on('data', m => { got.push(m.payload.body.length); send(); });
    const done = new Promise((resolve, reject) => { call.on('error', reject); call.on('end', resolve); });
    send();
    await done;
    assert.deepStrictEqual(got, sizes);
  },
  async empty_stream() {
    const call = client.FullDuplexCall();
    const done = ends(call);
    call.end();
    assert.strictEqual((await done).messages.length, 0);
  },
  async cancel_after_begin() {
    await fails(new Promise((resolve, reject) => { const call = client.StreamingInputCall(e => e ? reject(e) : resolve()); setImmediate(() => call.cancel()); }), grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = client.FullDuplexCall();
    call.on('data', () => call.cancel());
    call.write({ response_parameters: [{ size: 31415 }], payload: payload(27182) });
    await fails(new Promise((resolve, reject) => { call.on('error', reject); call.on('end', resolve); }), grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall(new grpc.Metadata(), { deadline: Date.now() + 30 });
    call.write({ response_parameters: [{ size: 31415, interval_us: 2000000 }], payload: payload(27182) });
    await fails(new Promise((resolve, reject) => { call.on('data', () => {}); call.on('error', reject); call.on('end', resolve); }), grpc.status.DEADLINE_EXCEEDED);
  },
  async custom_metadata() {
    const metadata = () => { const m = new grpc.Metadata(); m.set('x-grpc-test-echo-initial', 'test_initial_metadata_value'); m.set('x-grpc-test-echo-trailing-bin', Buffer.from('ababab', 'hex')); return m; };
    const check = (initial, status) => {
      assert.deepStrictEqual(initial.get('x-grpc-test-echo-initial'), ['test_initial_metadata_value']);
      assert.strictEqual(status.metadata.get('x-grpc-test-echo-trailing-bin')[0].toString('hex'), 'ababab');
    };
    const { initial, status } = await unary('UnaryCall', { response_size: 314159, payload: payload(271828) }, metadata());
    check(initial, status);
    const call = client.FullDuplexCall(metadata());
    let first;
    call.on('metadata', m => { first = m; });
    const done = ends(call);
    call.write({ response_parameters: [{ size: 314159 }], payload: payload(271828) });
    call.end();
    const { status: end } = await done;
    check(first, end);
  },
  async status_code_and_message() {
    await fails(unary('UnaryCall', { response_status: { code: 2, message } }), 2, message);
    const call = client.FullDuplexCall();
    call.on('data', () => {});
    const done = new Promise((resolve, reject) => { call.on('error', reject); call.on('end', resolve); });
    call.write({ response_status: { code: 2, message } });
    call.end();
    await fails(done, 2, message);
  },
  async special_status_message() {
    const special = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \u{1F608}\t\n';
    await fails(unary('UnaryCall', { response_status: { code: 2, message: special } }), 2, special);
  },
  async unimplemented_method() { await fails(unary('UnimplementedCall', {}), grpc.status.UNIMPLEMENTED); },
  async unimplemented_service() {
    const other = new testing.UnimplementedService(address, credentials);
    await fails(new Promise((resolve, reject) => other.UnimplementedCall({}, e => e ? reject(e) : resolve())), grpc.status.UNIMPLEMENTED);
  },
};

cases[name]().then(() => { console.log('ok'); process.exit(0); }, e => { console.log(e.stack || e); process.exit(1); });
