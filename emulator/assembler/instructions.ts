import type { Prefix } from './encoder.ts';
import type { Operand } from './operands.ts';

/** A branch's target: a label, a register or memory that holds the address, a far pointer, or an address. */
export type Target = Operand;

/**
 * The instructions by name, as one writes them: `a.mov('eax', 4)`, destination first. What has no method
 * here is written `a.emit('bsf', 'eax', 'ecx')`: every instruction of the encoder's library goes.
 */
export abstract class InstructionSet {
  /** Appends an instruction. Errors in it are thrown by `assemble`, when its operands are known. */
  abstract emit(mnemonic: string, ...operands: readonly Operand[]): this;
  protected abstract emitPrefixed(prefix: Prefix, mnemonic: string, operands: readonly Operand[]): this;

  readonly mov = this.binary('mov');
  readonly movzx = this.binary('movzx');
  readonly movsx = this.binary('movsx');
  readonly lea = this.binary('lea');
  readonly xchg = this.binary('xchg');
  readonly push = this.unary('push');
  readonly pop = this.unary('pop');
  readonly pusha = this.nullary('pusha');
  readonly popa = this.nullary('popa');
  readonly pushf = this.nullary('pushf');
  readonly popf = this.nullary('popf');

  readonly add = this.binary('add');
  readonly adc = this.binary('adc');
  readonly sub = this.binary('sub');
  readonly sbb = this.binary('sbb');
  readonly cmp = this.binary('cmp');
  readonly test = this.binary('test');
  readonly and = this.binary('and');
  readonly or = this.binary('or');
  readonly xor = this.binary('xor');
  readonly not = this.unary('not');
  readonly neg = this.unary('neg');
  readonly inc = this.unary('inc');
  readonly dec = this.unary('dec');
  readonly mul = this.unary('mul');
  readonly div = this.unary('div');
  readonly idiv = this.unary('idiv');
  readonly imul = this.any('imul');
  readonly cdq = this.nullary('cdq');
  readonly cwde = this.nullary('cwde');

  readonly shl = this.binary('shl');
  readonly shr = this.binary('shr');
  readonly sar = this.binary('sar');
  readonly rol = this.binary('rol');
  readonly ror = this.binary('ror');
  readonly bswap = this.unary('bswap');
  readonly bt = this.binary('bt');
  readonly bts = this.binary('bts');
  readonly btr = this.binary('btr');
  readonly xadd = this.binary('xadd');
  readonly cmpxchg = this.binary('cmpxchg');

  readonly jmp = this.branch('jmp');
  readonly ret = this.any('ret');
  readonly leave = this.nullary('leave');
  readonly je = this.branch('je');
  readonly jne = this.branch('jne');
  readonly jz = this.branch('jz');
  readonly jnz = this.branch('jnz');
  readonly jl = this.branch('jl');
  readonly jle = this.branch('jle');
  readonly jg = this.branch('jg');
  readonly jge = this.branch('jge');
  readonly jb = this.branch('jb');
  readonly jbe = this.branch('jbe');
  readonly ja = this.branch('ja');
  readonly jae = this.branch('jae');
  readonly jc = this.branch('jc');
  readonly jnc = this.branch('jnc');
  readonly js = this.branch('js');
  readonly jns = this.branch('jns');
  readonly jo = this.branch('jo');
  readonly jno = this.branch('jno');
  readonly loop = this.branch('loop');
  readonly jecxz = this.branch('jecxz');

  readonly int = this.unary('int');
  readonly int3 = this.nullary('int3');
  readonly iret = this.nullary('iret');
  readonly nop = this.nullary('nop');
  readonly hlt = this.nullary('hlt');
  readonly cli = this.nullary('cli');
  readonly sti = this.nullary('sti');
  readonly cld = this.nullary('cld');
  readonly std = this.nullary('std');
  readonly in = this.binary('in');
  readonly out = this.binary('out');
  readonly cpuid = this.nullary('cpuid');

  readonly lgdt = this.unary('lgdt');
  readonly lidt = this.unary('lidt');
  readonly ltr = this.unary('ltr');
  readonly invlpg = this.unary('invlpg');
  readonly clflush = this.unary('clflush');
  readonly clflushopt = this.unary('clflushopt');
  readonly clwb = this.unary('clwb');
  readonly lfence = this.nullary('lfence');
  readonly sfence = this.nullary('sfence');
  readonly mfence = this.nullary('mfence');
  readonly wbinvd = this.nullary('wbinvd');

  readonly movsb = this.nullary('movsb');
  readonly movsd = this.nullary('movsd');
  readonly stosb = this.nullary('stosb');
  readonly stosd = this.nullary('stosd');
  readonly lodsb = this.nullary('lodsb');
  readonly lodsd = this.nullary('lodsd');
  readonly scasb = this.nullary('scasb');
  readonly cmpsb = this.nullary('cmpsb');

  /** The CALL instruction. A method, so that a subclass may give the word a meaning of its own. */
  call(target: Target): this {
    return this.emit('call', target);
  }

  /** A repeated string instruction: `a.rep('movsb')`. */
  rep(mnemonic: string): this {
    return this.emitPrefixed('rep', mnemonic, []);
  }

  repe(mnemonic: string): this {
    return this.emitPrefixed('repe', mnemonic, []);
  }

  repne(mnemonic: string): this {
    return this.emitPrefixed('repne', mnemonic, []);
  }

  /** A locked instruction: `a.lock('xadd', mem.dword({ base: 'ebx' }), 'eax')`. */
  lock(mnemonic: string, ...operands: readonly Operand[]): this {
    return this.emitPrefixed('lock', mnemonic, operands);
  }

  private nullary(mnemonic: string): () => this {
    return () => this.emit(mnemonic);
  }

  private unary(mnemonic: string): (operand: Operand) => this {
    return (operand) => this.emit(mnemonic, operand);
  }

  private binary(mnemonic: string): (destination: Operand, source: Operand) => this {
    return (destination, source) => this.emit(mnemonic, destination, source);
  }

  private branch(mnemonic: string): (target: Target) => this {
    return (target) => this.emit(mnemonic, target);
  }

  private any(mnemonic: string): (...operands: readonly Operand[]) => this {
    return (...operands) => this.emit(mnemonic, ...operands);
  }
}
