/**
 * A 64 KB ROM image that runs on any PC emulator: it goes from reset to flat 32-bit protected mode, copies a
 * loop to 10000h and jumps to it. The loops never end.
 */

const ROM_BYTES = 0x10000;
const ROM_ADDRESS = 0xf0000;
const START_32 = 0x40;
const GDT = 0x80;
const GDT_POINTER = 0xa0;
const LOOP = 0x100;
const LOOP_BYTES_MAX = 256;

const little32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** The three loops. ECX is 100000, ESI is 30000h and ESP 80000h at their start. */
export const LOOPS = {
  /** add eax,ecx; lea edx,[eax+ecx*4+7]; xor ebx,edx; shl ebx,3; sub eax,edx; dec ecx; jnz; jmp */
  registers: [
    0x01, 0xc8, 0x8d, 0x54, 0x88, 0x07, 0x31, 0xd3, 0xc1, 0xe3, 0x03, 0x29, 0xd0, 0x49, 0x75, 0xf0, 0xeb,
    0xee,
  ],
  /** mov eax,[ecx*4+20000h]; add eax,[esi]; mov [ecx*4+21000h],eax; dec ecx; and ecx,127; jnz; jmp */
  memory: [
    0x8b, 0x04, 0x8d, 0x00, 0x00, 0x02, 0x00, 0x03, 0x06, 0x89, 0x04, 0x8d, 0x00, 0x10, 0x02, 0x00, 0x49,
    0x83, 0xe1, 0x7f, 0x75, 0xea, 0xeb, 0xe8,
  ],
  /** call f; dec ecx; jnz; jmp; f: push ebp; mov ebp,esp; mov eax,[ebp+4]; pop ebp; ret */
  'call and return': [
    0xe8, 0x05, 0x00, 0x00, 0x00, 0x49, 0x75, 0xf8, 0xeb, 0xf6, 0x55, 0x89, 0xe5, 0x8b, 0x45, 0x04, 0x5d,
    0xc3,
  ],
} as const;

export function romFor(loop: readonly number[]): Uint8Array {
  const rom = new Uint8Array(ROM_BYTES).fill(0xf4);
  // jmp F000:0000
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
  rom.set([
    // cli; o32 lgdt cs:[GDT_POINTER]; mov eax,cr0; or al,1; mov cr0,eax; o32 jmp 8:START_32
    0xfa,
    0x2e,
    0x66,
    0x0f,
    0x01,
    0x16,
    GDT_POINTER,
    0x00,
    0x0f,
    0x20,
    0xc0,
    0x0c,
    0x01,
    0x0f,
    0x22,
    0xc0,
    0x66,
    0xea,
    ...little32(ROM_ADDRESS + START_32),
    0x08,
    0x00,
  ]);
  rom.set(
    [
      // mov ax,10h; mov ds,ax; mov es,ax; mov ss,ax; mov esp,80000h
      0x66,
      0xb8,
      0x10,
      0x00,
      0x8e,
      0xd8,
      0x8e,
      0xc0,
      0x8e,
      0xd0,
      0xbc,
      ...little32(0x80000),
      // mov esi,loop; mov edi,10000h; mov ecx,256; cld; rep movsb
      0xbe,
      ...little32(ROM_ADDRESS + LOOP),
      0xbf,
      ...little32(0x10000),
      0xb9,
      ...little32(LOOP_BYTES_MAX),
      0xfc,
      0xf3,
      0xa4,
      // mov esi,30000h; mov ecx,100000; mov eax,10000h; jmp eax
      0xbe,
      ...little32(0x30000),
      0xb9,
      ...little32(100_000),
      0xb8,
      ...little32(0x10000),
      0xff,
      0xe0,
    ],
    START_32,
  );
  const code = [0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00];
  const data = [0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf, 0x00];
  rom.set([...code, ...data], GDT + 8);
  rom.set([23, 0, ...little32(ROM_ADDRESS + GDT)], GDT_POINTER);
  rom.set(loop, LOOP);
  return rom;
}
