'use strict';
// The stock library with the test service's proto: what both sides of the tests share.
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const proto = path.join(__dirname, '..', '..', 'Ilab.Interop.Server', 'Protos', 'test.proto');
const types = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true, longs: Number, enums: Number, defaults: true }));
module.exports = { grpc, testing: types.grpc.testing };
