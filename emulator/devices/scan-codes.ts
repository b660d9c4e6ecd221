/**
 * The keys of a US keyboard: characters without and with Shift, the code of scan code set 2 (which the
 * keyboard sends) and that of set 1 (into which the 8042 translates it). IBM PS/2 Technical Reference,
 * "Keyboards".
 */
const KEYS: readonly (readonly [string, string, number, number])[] = [
  ['`', '~', 0x0e, 0x29],
  ['1', '!', 0x16, 0x02],
  ['2', '@', 0x1e, 0x03],
  ['3', '#', 0x26, 0x04],
  ['4', '$', 0x25, 0x05],
  ['5', '%', 0x2e, 0x06],
  ['6', '^', 0x36, 0x07],
  ['7', '&', 0x3d, 0x08],
  ['8', '*', 0x3e, 0x09],
  ['9', '(', 0x46, 0x0a],
  ['0', ')', 0x45, 0x0b],
  ['-', '_', 0x4e, 0x0c],
  ['=', '+', 0x55, 0x0d],
  ['\b', '', 0x66, 0x0e],
  ['\t', '', 0x0d, 0x0f],
  ['q', 'Q', 0x15, 0x10],
  ['w', 'W', 0x1d, 0x11],
  ['e', 'E', 0x24, 0x12],
  ['r', 'R', 0x2d, 0x13],
  ['t', 'T', 0x2c, 0x14],
  ['y', 'Y', 0x35, 0x15],
  ['u', 'U', 0x3c, 0x16],
  ['i', 'I', 0x43, 0x17],
  ['o', 'O', 0x44, 0x18],
  ['p', 'P', 0x4d, 0x19],
  ['[', '{', 0x54, 0x1a],
  [']', '}', 0x5b, 0x1b],
  ['\n', '\r', 0x5a, 0x1c],
  ['a', 'A', 0x1c, 0x1e],
  ['s', 'S', 0x1b, 0x1f],
  ['d', 'D', 0x23, 0x20],
  ['f', 'F', 0x2b, 0x21],
  ['g', 'G', 0x34, 0x22],
  ['h', 'H', 0x33, 0x23],
  ['j', 'J', 0x3b, 0x24],
  ['k', 'K', 0x42, 0x25],
  ['l', 'L', 0x4b, 0x26],
  [';', ':', 0x4c, 0x27],
  ["'", '"', 0x52, 0x28],
  ['\\', '|', 0x5d, 0x2b],
  ['z', 'Z', 0x1a, 0x2c],
  ['x', 'X', 0x22, 0x2d],
  ['c', 'C', 0x21, 0x2e],
  ['v', 'V', 0x2a, 0x2f],
  ['b', 'B', 0x32, 0x30],
  ['n', 'N', 0x31, 0x31],
  ['m', 'M', 0x3a, 0x32],
  [',', '<', 0x41, 0x33],
  ['.', '>', 0x49, 0x34],
  ['/', '?', 0x4a, 0x35],
  [' ', '', 0x29, 0x39],
  ['\u001b', '', 0x76, 0x01],
];

/** Keys that make no character, by set 2 and set 1. */
const OTHER_KEYS: readonly (readonly [number, number])[] = [
  [0x12, 0x2a], // left Shift
  [0x59, 0x36], // right Shift
  [0x14, 0x1d], // Ctrl
  [0x11, 0x38], // Alt
  [0x58, 0x3a], // Caps Lock
  [0x05, 0x3b], // F1 …
  [0x06, 0x3c],
  [0x04, 0x3d],
  [0x0c, 0x3e],
  [0x03, 0x3f],
  [0x0b, 0x40],
  [0x83, 0x41],
  [0x0a, 0x42],
  [0x01, 0x43],
  [0x09, 0x44], // … F10
  [0x77, 0x45], // Num Lock
  [0x7e, 0x46], // Scroll Lock
  [0x6c, 0x47], // the keypad and, after E0, the keys beside it: Home
  [0x75, 0x48], // Up
  [0x7d, 0x49], // Page Up
  [0x7b, 0x4a],
  [0x6b, 0x4b], // Left
  [0x73, 0x4c],
  [0x74, 0x4d], // Right
  [0x79, 0x4e],
  [0x69, 0x4f], // End
  [0x72, 0x50], // Down
  [0x7a, 0x51], // Page Down
  [0x70, 0x52], // Insert
  [0x71, 0x53], // Delete
  [0x7c, 0x37],
  [0x78, 0x57], // F11
  [0x07, 0x58], // F12
];

const LEFT_SHIFT = 0x12;
const CONTROL = 0x14;
const RELEASE = 0xf0;

const set1ByCode = new Map<number, number>([
  ...KEYS.map(([, , set2, set1]) => [set2, set1] as const),
  ...OTHER_KEYS,
]);

/** Code of set 1 for a code of set 2; what is no key's code passes unchanged, as answers of the keyboard do. */
export const translateCode = (set2: number): number => set1ByCode.get(set2) ?? set2;

/** What the keyboard sends, in set 2, when the character is typed; undefined where no key makes it. */
export function typeCharacter(character: string): readonly number[] | undefined {
  const press = (code: number): readonly number[] => [code, RELEASE, code];
  const code = character.charCodeAt(0);
  for (const [plain, shifted, set2] of KEYS) {
    if (character === plain || (character === '\r' && plain === '\n')) return press(set2);
    if (character === shifted && shifted !== '') return [LEFT_SHIFT, ...press(set2), RELEASE, LEFT_SHIFT];
  }
  if (code === 0x7f) return press(0x66);
  if (code === 0 || code > 26) return undefined;
  const letter = typeCharacter(String.fromCharCode(code + 96));
  return letter === undefined ? undefined : [CONTROL, ...letter, RELEASE, CONTROL];
}

/** The character that a key makes, by its code in set 1; undefined where it makes none. */
export function typedBySet1(code: number, isShifted: boolean): string | undefined {
  const key = KEYS.find(([, , , set1]) => set1 === code);
  if (key === undefined) return undefined;
  const [plain, shifted] = key;
  return isShifted && shifted !== '' && shifted !== '\r' ? shifted : plain;
}
