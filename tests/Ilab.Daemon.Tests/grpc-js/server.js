'use strict';
// The test service on a stock server: node server.js SOCKET. Prints "ready".
const { grpc, testing } = require('./load');
const payload = size => ({ payload: { body: Buffer.alloc(size) } });
const echoInitial = call => {
  const initial = call.metadata.get('x-grpc-test-echo-initial');
  if (initial.length) { const m = new grpc.Metadata(); m.set('x-grpc-test-echo-initial', initial[0]); call.sendMetadata(m); }
  const trailers = new grpc.Metadata();
  const trailing = call.metadata.get('x-grpc-test-echo-trailing-bin');
  if (trailing.length) trailers.set('x-grpc-test-echo-trailing-bin', trailing[0]);
  return trailers;
};
const wrong = status => status && status.code ? { code: status.code, details: status.message } : null;
const write = (call, request) => request.response_parameters.reduce((after, p) => after.then(() => new Promise(resolve => setTimeout(() => { call.write(payload(p.size)); resolve(); }, p.interval_us / 1000))), Promise.resolve());
const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 << 20 });
server.addService(testing.TestService.service, {
  EmptyCall: (call, done) => done(null, {}),
  UnaryCall: (call, done) => { const trailers = echoInitial(call); const error = wrong(call.request.response_status); done(error, error ? null : payload(call.request.response_size), trailers); },
  StreamingOutputCall: call => write(call, call.request).then(() => call.end()),
  StreamingInputCall: (call, done) => { let sum = 0; call.on('data', m => { sum += m.payload.body.length; }); call.on('end', () => done(null, { aggregated_payload_size: sum })); },
  FullDuplexCall: call => {
    const trailers = echoInitial(call);
    let last = Promise.resolve();
    call.on('data', m => { const error = wrong(m.response_status); if (error) call.emit('error', error); else last = last.then(() => write(call, m)); });
    call.on('end', () => last.then(() => call.end(trailers)));
  },
});
server.bindAsync('unix:' + process.argv[2], grpc.ServerCredentials.createInsecure(), error => { if (error) throw error; console.log('ready'); });
