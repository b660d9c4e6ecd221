import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EmulateOptions } from '../../emulator/platform/emulate.ts';
import { UsageError } from '../../emulator/usage-error.ts';
import { type FakeOptions, type Outcome, run } from './fake.ts';

const folder = mkdtempSync(join(tmpdir(), 'fukugen-emulate-'));
const image = join(folder, 'image');
writeFileSync(image, Uint8Array.of(0x90, 0xf4));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command with an emulator that keeps what it was asked, and does and gives what it is told. */
async function emulate(
  rest: string,
  act: (options: EmulateOptions) => Promise<number> = async () => 0,
  more: FakeOptions = {},
): Promise<Outcome & { readonly options: EmulateOptions | null }> {
  let options: EmulateOptions | null = null;
  const outcome = await run(`emulate ${rest}`, {
    ...more,
    emulate: async (each) => {
      options = each;
      return act(each);
    },
  });
  return { ...outcome, options };
}

describe('fukugen emulate', () => {
  it('hands on images and options', async () => {
    const line = `--rom ${image} --disk ${image} --memory 16 --instructions 1000 --post 80h --trace --append quiet`;
    const { options, exitCode } = await emulate(line);
    expect(exitCode).toBe(0);
    expect(options).toMatchObject({
      commandLine: 'quiet',
      memoryMib: 16,
      instructionsMax: 1000,
      postPort: 0x80,
      trace: true,
    });
    expect([...(options?.rom ?? [])]).toEqual([0x90, 0xf4]);
    expect(options?.disk).toHaveLength(2);
    expect(options).not.toHaveProperty('kernel');
  });

  it.each([
    ['0x1F0', 0x1f0],
    ['128', 128],
    ['0', 0],
    ['ffffH', 0xffff],
  ])('knows the port %s', async (text, port) => {
    expect((await emulate(`--rom ${image} --post ${text}`)).options?.postPort).toBe(port);
  });

  it('shows the guest its keys, and its output in order with what is told of it', async () => {
    const outcome = await emulate(
      `--rom ${image}`,
      async ({ onOutput, onMessage, keys }) => {
        for await (const chunk of keys ?? []) for (const byte of chunk) onOutput(Number(byte) ^ 0x20);
        onMessage('POST 80h: 01');
        for (const byte of [0xc3, 0xa9, 0x0a, 0x00]) onOutput(byte);
        return 33;
      },
      { typed: 'Hello' },
    );
    expect(outcome).toMatchObject({
      exitCode: 33,
      stdout: 'hELLO\u00c3\u00a9\n\u0000',
      stderr: 'POST 80h: 01\n',
      keysOpen: 0,
    });
  });

  it('ends by Ctrl-C as every command does', async () => {
    let send = (_: 'SIGINT'): void => {};
    const outcome = await emulate(
      `--rom ${image}`,
      async ({ signal }) => {
        send('SIGINT');
        return signal?.aborted === true ? 3 : 0;
      },
      {
        onStart: (way) => {
          send = way;
        },
      },
    );
    expect(outcome).toMatchObject({ exitCode: 130, keysOpen: 0 });
  });

  it.each([
    [`--rom ${join(folder, 'nothing')}`, /cannot read the image .*nothing: ENOENT/],
    [`--rom ${folder}`, /cannot read the image/],
    [`--rom ${image} --memory none`, /whole number from 1/],
    [`--rom ${image} --post 10000h`, /A port is a number up to FFFFh/],
    [`--rom ${image} --port 80h`, /no option '--port'\n {2}Did you mean '--post'\?/],
  ])('refuses %s', async (rest, message) => {
    const { exitCode, stdout, stderr, options } = await emulate(rest);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout, options]).toEqual([2, '', null]);
  });

  it('tells of an image that the emulator refuses', async () => {
    const refuse = async (): Promise<never> => {
      throw new UsageError('this is no ELF file', 'Give a multiboot kernel.');
    };
    expect(await emulate(`--kernel ${image}`, refuse)).toMatchObject({
      exitCode: 2,
      stderr: 'fukugen: this is no ELF file\n  Give a multiboot kernel.\n',
      keysOpen: 0,
    });
  });
});
