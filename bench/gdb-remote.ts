import { connect, type Socket } from 'node:net';

/** As much of GDB's remote protocol as single-stepping takes. */
export class GdbRemote {
  private readonly socket: Socket;
  private received = '';
  private waiting: ((packet: string | null) => void) | null = null;
  private isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (text: string) => {
      this.received += text;
      this.deliver();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.deliver();
    });
    socket.on('error', () => {});
  }

  /** Connects to a stub at a Unix socket, which may still be about to come up. */
  static async open(path: string): Promise<GdbRemote> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const socket = await new Promise<Socket>((resolve, reject) => {
          const opened = connect(path, () => resolve(opened));
          opened.on('error', reject);
        });
        const remote = new GdbRemote(socket);
        await remote.ask('QStartNoAckMode');
        socket.write('+');
        return remote;
      } catch (thrown) {
        if (attempt === 100) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** One instruction. False: the guest has ended. */
  async step(): Promise<boolean> {
    return (await this.ask('s')) !== null;
  }

  close(): void {
    this.socket.destroy();
  }

  /** Sends a packet and gives the answer; null where the other side is gone. */
  private ask(packet: string): Promise<string | null> {
    let sum = 0;
    for (const letter of packet) sum += letter.charCodeAt(0);
    this.socket.write(`$${packet}#${(sum & 0xff).toString(16).padStart(2, '0')}`);
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.deliver();
    });
  }

  private deliver(): void {
    if (this.waiting === null) return;
    const found = /\$([^#]*)#../.exec(this.received);
    if (found === null && !this.isClosed) return;
    const { waiting } = this;
    this.waiting = null;
    if (found !== null) this.received = this.received.slice(found.index + found[0].length);
    waiting(found?.[1] ?? null);
  }
}
