/**
 * The one line that shows a violation again:
 * `<workload>@<scheme>[~<mutant>][@<model>][@atomic1]:<position>[=<choice>]+<position>…#<print>`. Positions count
 * entries of the store log from each power-on. A choice says which image the failure leaves, where there are
 * several: `line.alternative` for each cache line that is not as the run saw it, joined by commas. The print is
 * that of the run without a failure, so that a line of another version is refused instead of showing something
 * else.
 */
import { PERSISTENCY_MODELS, type Persistency, STRICT } from '../emulator/persistency/model.ts';
import { UsageError } from './errors.ts';
import type { SubjectName } from './subject.ts';

export interface ReplayLine extends SubjectName {
  readonly crashes: readonly number[];
  /** As many as crashes; empty for memory as the run saw it. */
  readonly choices: readonly string[];
  readonly print: string;
}

export function formatReplayLine(
  line: Omit<ReplayLine, 'choices'> & { readonly choices?: readonly string[] },
): string {
  const mutant = line.mutant === undefined ? '' : `~${line.mutant}`;
  const crashes = line.crashes.map((position, i) => {
    const choice = line.choices?.[i] ?? '';
    return choice === '' ? `${position}` : `${position}=${choice}`;
  });
  const way = crashes.length === 0 ? 'none' : crashes.join('+');
  return `${line.workload}@${line.scheme}${mutant}${persistencyText(line.persistency)}:${way}#${line.print}`;
}

function persistencyText(persistency: Persistency = STRICT): string {
  const model = persistency.model === STRICT.model ? '' : `@${persistency.model}`;
  return persistency.atomicBytes === STRICT.atomicBytes ? model : `${model}@atomic${persistency.atomicBytes}`;
}

const CRASH = String.raw`\d+(?:=[0-9a-f]+\.\d+(?:,[0-9a-f]+\.\d+)*)?`;
const SUBJECT = String.raw`([\w-]+)@([\w-]+)(?:~([\w-]+))?(?:@(${PERSISTENCY_MODELS.join('|')}))?(@atomic1)?`;
const FORM = new RegExp(String.raw`^${SUBJECT}:(none|${CRASH}(?:\+${CRASH})*)#([0-9a-f]{8})$`);

/** @throws UsageError for a text that is no replay line. */
export function parseReplayLine(text: string): ReplayLine {
  const [, workload, scheme, mutant, model, tears, way, print] = FORM.exec(text.trim()) ?? [];
  if (workload === undefined || scheme === undefined || way === undefined || print === undefined) {
    throw new UsageError(
      `not a replay line: ${text}`,
      'copy it whole from a report: workload@scheme:position+position#print',
    );
  }
  const crashes = way === 'none' ? [] : way.split('+').map((crash) => crash.split('='));
  const persistency: Persistency = {
    model: PERSISTENCY_MODELS.find((each) => each === model) ?? STRICT.model,
    atomicBytes: tears === undefined ? STRICT.atomicBytes : 1,
  };
  const isStrict = model === undefined && tears === undefined;
  return {
    workload,
    scheme,
    ...(mutant === undefined ? {} : { mutant }),
    ...(isStrict ? {} : { persistency }),
    crashes: crashes.map(([position]) => Number(position)),
    choices: crashes.map(([, choice]) => choice ?? ''),
    print,
  };
}
