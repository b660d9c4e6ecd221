import { describe, expect, it } from 'vitest';
import type { TlcTools } from '../../checker/cli/tlc.ts';
import { UsageError } from '../../checker/errors.ts';
import { run } from './fake.ts';

const found = { kind: 'found', jar: '/cache/tla2tools.jar', java: '/bin/java' } as const;

/** An installer that keeps what it was asked. */
function toolsOf(over: Partial<TlcTools> = {}): TlcTools & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    findTlc: () => found,
    installTlc: async ({ env, from }) => {
      asked.push({ env, from });
      return { jar: found.jar, already: false };
    },
    ...over,
  };
}

describe('fukugen tlc', () => {
  it('says where TLC is, or why it is not there', async () => {
    expect(await run('tlc where', { tlc: toolsOf() })).toMatchObject({
      exitCode: 0,
      stdout: 'jar   /cache/tla2tools.jar\njava  /bin/java\n',
    });
    const absent = toolsOf({ findTlc: () => ({ kind: 'absent', why: 'there is no Java' }) });
    expect(await run('tlc where', { tlc: absent })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no TLC: there is no Java\n'),
    });
  });

  it('installs it from a file, for the environment that it runs in', async () => {
    const tools = toolsOf();
    const outcome = await run('tlc install --from a.jar', { tlc: tools, env: { HOME: '/home/me' } });
    expect(outcome).toMatchObject({
      exitCode: 0,
      stdout: 'TLC is installed: /cache/tla2tools.jar\n',
      stderr: '',
    });
    expect(tools.asked).toEqual([{ env: { HOME: '/home/me' }, from: 'a.jar' }]);
  });

  it('tells when the jar is there but cannot run, or is not the one in use', async () => {
    const noJava = toolsOf({ findTlc: () => ({ kind: 'absent', why: 'there is no Java' }) });
    expect((await run('tlc install', { tlc: noJava })).stderr).toContain(
      'it cannot run yet: there is no Java',
    );
    const other = toolsOf({ findTlc: () => ({ ...found, jar: '/mine.jar' }) });
    expect((await run('tlc install', { tlc: other })).stderr).toContain(
      'names another jar, which is used: /mine.jar',
    );
  });

  it('refuses what the installer refuses', async () => {
    const installTlc = async (): Promise<never> => {
      throw new UsageError('a.jar is not TLC', 'Get the official release.');
    };
    expect(await run('tlc install --from a.jar', { tlc: toolsOf({ installTlc }) })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: 'fukugen: a.jar is not TLC\n  Get the official release.\n',
    });
  });

  it('stops fetching at Ctrl-C', async () => {
    let send = (_: 'SIGINT'): void => {};
    const installTlc: TlcTools['installTlc'] = async ({ fetchFile }) => {
      send('SIGINT');
      // Told to end before it begins, a fetch asks nobody for anything.
      await fetchFile('https://example.invalid/tla2tools.jar');
      throw new Error('the fetch was not stopped');
    };
    const outcome = await run('tlc install', {
      tlc: toolsOf({ installTlc }),
      onStart: (way) => {
        send = way;
      },
    });
    expect(outcome).toMatchObject({ exitCode: 130, stdout: '' });
    expect(outcome.stderr).toMatch(/fukugen: interrupted; no result\n$/);
  });
});
