import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkGraph,
  checkGraphWithTlc,
  findTlc,
  type GraphInput,
  installTlc,
  modelCheck,
  runTlc,
  type TlcLocation,
} from '../../../checker/tla/engine.ts';
import { unvisited } from '../../../checker/tla/tlc/check-graph.ts';
import { parseTlcOutput } from '../../../checker/tla/tlc/output.ts';
import { folder, graph, state } from './counter.ts';
import { folderWith } from './modules.ts';

const found = findTlc();
const present = found.kind === 'found';
const tlc = found as TlcLocation;

/** Only what both engines can say. */
async function both(input: GraphInput) {
  const own = await checkGraph(input);
  const theirs = await checkGraphWithTlc(input, tlc);
  const edges = own.badEdges.map(({ edge, why, name }) => ({ edge, why, name }));
  const states = own.badStates.map(({ state: index, name }) => ({ state: index, name }));
  states.sort((a, b) => a.state - b.state);
  if (theirs.errors.length === 0) expect(theirs.edgesCount).toBe(input.edges.length);
  return { own, theirs, mine: { edges, states } };
}

describe.skipIf(!present)('TLC as the reference', () => {
  it('finds the same bad edges and states', async () => {
    const input = graph(folder(), {
      initial: [0, 1],
      states: [state(0, []), state(2, [2]), state(4, [2, 2]), state(9, [])],
      edges: [
        { from: 0, to: 1, action: 'Add', args: [2] },
        { from: 0, to: 2, action: 'Add', args: [2] },
        { from: 2, to: 0, action: 'Clear', args: [] },
        { from: 2, to: 1, action: 'Clear', args: [] },
        { from: 1, to: 2, action: 'Some', args: [] },
        { from: 3, to: 0, action: 'Clear', args: [] },
      ],
      invariants: ['Small', 'OnlyFull'],
      actionProperties: ['Grows', 'GrowsUnlessCleared'],
      refinements: ['AbstractNext'],
    });
    const { own, theirs, mine } = await both(input);
    expect(own.errors).toEqual([]);
    expect(theirs.errors).toEqual([]);
    expect(mine.edges).toEqual(theirs.badEdges);
    expect(mine.states).toEqual(theirs.badStates);
    expect(mine.edges.length).toBeGreaterThan(3);
    expect(mine.states.length).toBe(2);
  });

  it('reports what cannot be evaluated, and checks the rest', async () => {
    const input = graph(folder(), {
      edges: [
        { from: 0, to: 1, action: 'Add', args: ['two'] },
        { from: 0, to: 2, action: 'Add', args: [2] },
        { from: 0, to: 2, action: 'Fly', args: [] },
      ],
    });
    const { own, theirs, mine } = await both(input);
    expect(own.errors.map((error) => error.edge)).toEqual([0, 2]);
    expect(theirs.errors).toHaveLength(2);
    expect(theirs.badEdges).toEqual([{ edge: 1, why: 'action', name: 'Add' }]);
    expect(mine.edges).toEqual(theirs.badEdges);
  });

  it('gives the verdict, the counts and the name of what is violated', async () => {
    const modules = {
      Up: "EXTENDS Naturals\nVARIABLE x\nInit == x = 0\nNext == x < 5 /\\ x' = x + 1\nLow == x < 3\nSpec == Init /\\ [][Next]_x",
    };
    const at = folderWith(modules);
    const config = 'SPECIFICATION Spec INVARIANT Low';
    writeFileSync(join(at, 'Up.cfg'), config);
    const result = await runTlc({ tlc, folder: at, module: 'Up', config: 'Up.cfg' });
    expect(result).toMatchObject({ verdict: 'invariant', name: 'Low', generated: 4, distinct: 4 });
    expect(result.version).toContain('TLC2 Version');
    const own = await modelCheck({ specFolder: at, module: 'Up', config });
    expect(own).toMatchObject({ verdict: 'violated', generated: 4, distinct: 4, violation: { name: 'Low' } });
    writeFileSync(join(at, 'Up.cfg'), 'SPECIFICATION Spec');
    expect(await runTlc({ tlc, folder: at, module: 'Up', config: 'Up.cfg' })).toMatchObject({
      verdict: 'deadlock',
    });
    writeFileSync(join(at, 'Up.cfg'), 'INIT Nothing NEXT Next');
    expect(await runTlc({ tlc, folder: at, module: 'Up', config: 'Up.cfg' })).toMatchObject({
      verdict: 'configuration',
    });
  });

  it('dies with its signal', async () => {
    const at = folderWith({ Up: "EXTENDS Naturals\nVARIABLE x\nInit == x = 0\nNext == x' = x + 1" });
    writeFileSync(join(at, 'Up.cfg'), 'INIT Init NEXT Next');
    const signal = AbortSignal.timeout(1500);
    await expect(runTlc({ tlc, folder: at, module: 'Up', config: 'Up.cfg', signal })).rejects.toThrow(
      /abort|timeout/,
    );
  });

  it('says that a jar is not TLC, and that Java fails', async () => {
    const at = folderWith({ Up: 'VARIABLE x' });
    const jar = join(at, 'other.jar');
    // An empty zip archive: a jar, but not TLC.
    writeFileSync(jar, Buffer.from(`PK\u0005\u0006${'\0'.repeat(18)}`, 'latin1'));
    await expect(
      runTlc({ tlc: { ...tlc, jar }, folder: at, module: 'Up', config: 'Up.cfg' }),
    ).rejects.toThrow(/is not TLC/);
    await expect(
      runTlc({ tlc: { ...tlc, java: '/bin/false' }, folder: at, module: 'Up', config: 'Up.cfg' }),
    ).rejects.toThrow(/Java failed before TLC began/);
    await expect(
      runTlc({ tlc: { ...tlc, java: join(at, 'nothing') }, folder: at, module: 'Up', config: 'Up.cfg' }),
    ).rejects.toThrow(/Java could not be started/);
  });
});

describe('the count of what TLC visited', () => {
  const groups = [
    { kind: 'edges' as const, members: [0, 1, 2], promises: [] },
    { kind: 'states' as const, members: [0, 1], promises: [] },
  ];

  it('is whole with two states for each member, and says so when it is not', () => {
    expect(unvisited(groups, 10)).toBeNull();
    expect(unvisited(groups, 8)).toMatch('8 states');
    expect(unvisited(groups, 0)).toMatch('instead of 10');
  });
});

describe('finding and installing TLC', () => {
  it('looks at TLA2TOOLS_JAR, then into the cache, and says why there is none', () => {
    const at = folderWith({});
    expect(findTlc({ HOME: at })).toEqual({
      kind: 'absent',
      why: expect.stringContaining('fukugen tlc install'),
    });
    expect(() => findTlc({ TLA2TOOLS_JAR: join(at, 'no.jar') })).toThrow(/does not exist/);
    writeFileSync(join(at, 'text.jar'), 'no jar at all');
    expect(() => findTlc({ TLA2TOOLS_JAR: join(at, 'text.jar') })).toThrow(/is no jar/);
    writeFileSync(join(at, 'zip.jar'), 'PK\u0003\u0004');
    expect(findTlc({ TLA2TOOLS_JAR: join(at, 'zip.jar'), PATH: at })).toEqual({
      kind: 'absent',
      why: expect.stringContaining('no Java'),
    });
    mkdirSync(join(at, 'bin'));
    writeFileSync(join(at, 'bin', 'java'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findTlc({ TLA2TOOLS_JAR: join(at, 'zip.jar'), JAVA_HOME: at })).toMatchObject({ kind: 'found' });
  });

  it('never keeps another file than the pinned release', async () => {
    const at = folderWith({});
    const env = { XDG_CACHE_HOME: at };
    const other = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('something else'));
    await expect(installTlc({ env, fetchFile: other })).rejects.toThrow(/SHA-256/);
    writeFileSync(join(at, 'mine.jar'), 'mine');
    await expect(installTlc({ env, from: join(at, 'mine.jar') })).rejects.toThrow(/SHA-256/);
    await expect(installTlc({ env, from: join(at, 'none.jar') })).rejects.toThrow(/cannot be read/);
    const offline = (): Promise<Uint8Array> => Promise.reject(new Error('no network'));
    await expect(installTlc({ env, fetchFile: offline })).rejects.toMatchObject({
      message: expect.stringContaining('no network'),
      hint: expect.stringContaining('--from FILE'),
    });
    expect(findTlc({ ...env, PATH: '' }).kind).toBe('absent');
  });

  it.skipIf(!present)('installs the pinned release from a file, once', async () => {
    const env = { XDG_CACHE_HOME: folderWith({}) };
    const first = await installTlc({ env, from: tlc.jar });
    expect(first.already).toBe(false);
    expect(readFileSync(first.jar).length).toBe(readFileSync(tlc.jar).length);
    expect(await installTlc({ env })).toEqual({ jar: first.jar, already: true });
  });
});

describe('parseTlcOutput', () => {
  it('separates messages from what the spec prints', () => {
    const text =
      '@!@!@STARTMSG 2262:0 @!@!@\nTLC2\n@!@!@ENDMSG 2262 @!@!@\n<<1, 2>>\n@!@!@STARTMSG 2110:1 @!@!@\na\nb\n@!@!@ENDMSG 2110 @!@!@\n';
    expect(parseTlcOutput(text)).toEqual({
      messages: [
        { code: 2262, severity: 0, text: 'TLC2' },
        { code: 2110, severity: 1, text: 'a\nb' },
      ],
      printed: ['<<1, 2>>'],
    });
  });
});
