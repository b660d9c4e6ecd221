/** `npm run oracle:hardware -- --count N --seed S [--compiled]`: the long run. Exits with 1 where the machines differ. */
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { NativeProcessor } from './native.ts';

const { values } = parseArgs({
  options: {
    compiled: { type: 'boolean', default: false },
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
  },
});
const count = Number(values.count);
const seed = values.seed === undefined ? Date.now() % 0x7fffffff : Number(values.seed);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  console.error('--count and --seed take whole numbers; count is at least 1');
  process.exit(2);
}
const native = NativeProcessor.open();
if ('unavailable' in native) {
  console.error(`cannot compare with hardware here: ${native.unavailable}`);
  process.exit(3);
}
console.log(
  `comparing ${count} sequences${values.compiled ? ', compiled,' : ''} with this processor, seed ${seed}`,
);
const started = Date.now();
try {
  const result = campaign(native, {
    count,
    seed,
    isCompiled: values.compiled,
    onProgress: (compared) => process.stderr.write(`\r${compared} compared`),
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write('\n');
  for (const failure of result.failures) console.log(failure);
  const ends = [...result.vectors].sort(([a], [b]) => a - b).map(([vector, n]) => `${vector}: ${n}`);
  console.log(
    `${result.compared} compared, ${result.failuresCount} differ, ${result.discarded} discarded, ${seconds} s`,
  );
  console.log(`ended in exception ${ends.join(', ')}`);
  process.exitCode = result.failuresCount === 0 ? 0 : 1;
} finally {
  native.close();
}
