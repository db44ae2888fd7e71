// onnxruntime-node on every case that a test wrote (cases.json): node run_onnxruntime.js FOLDER MODULES
// MODULES is the folder whose node_modules has onnxruntime-node. What came out goes to results.json.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const [folder, modules] = process.argv.slice(2);
const requireModule = createRequire(path.join(path.resolve(modules), 'package.json'));
const ort = requireModule('onnxruntime-node');
const { version } = requireModule('onnxruntime-node/package.json');

const arrays = {
  float32: Float32Array, float64: Float64Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
};

function read(tensor) {
  if (tensor.type === 'string') return new ort.Tensor('string', tensor.texts, tensor.shape);
  const bytes = Uint8Array.from(Buffer.from(tensor.data, 'base64'));
  return new ort.Tensor(tensor.type, new arrays[tensor.type](bytes.buffer), tensor.shape);
}

function write(name, tensor) {
  const result = { name, type: tensor.type, shape: Array.from(tensor.dims) };
  if (tensor.type === 'string') result.texts = Array.from(tensor.data);
  else result.data = Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength).toString('base64');
  return result;
}

async function run(testCase) {
  const session = await ort.InferenceSession.create(path.join(folder, testCase.model), { logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 });
  try {
    const results = await session.run(Object.fromEntries(testCase.inputs.map((tensor) => [tensor.name, read(tensor)])));
    return Object.entries(results).map(([name, tensor]) => write(name, tensor));
  } finally {
    await session.release();
  }
}

async function main() {
  const results = [];
  for (const testCase of JSON.parse(fs.readFileSync(path.join(folder, 'cases.json'), 'utf8'))) {
    const result = { name: testCase.name, outputs: [] };
    try {
      result.outputs = await run(testCase);
    } catch (error) {
      // The test says which case failed, and goes on with the others.
      result.error = String(error);
    }
    results.push(result);
  }
  fs.writeFileSync(path.join(folder, 'results.json'), JSON.stringify({ program: `onnxruntime-node ${version}`, cases: results }));
}

main();
