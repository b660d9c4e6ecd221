import { SingleBar } from 'cli-progress';
import { countText } from '../report/describe.ts';
import type { Progress } from '../run-api.ts';
import type { TextSink } from './io.ts';

/** Shows what goes on. `stop` leaves the terminal as it was. */
export interface ProgressView {
  update(progress: Progress): void;
  stop(): void;
}

export const silentProgress: ProgressView = { update: () => {}, stop: () => {} };

/** A bar where a person looks on, a line every few seconds where a log is written. */
export function progressView(sink: TextSink): ProgressView {
  return sink.isTTY ? new BarProgress(sink) : new LineProgress(sink);
}

/** Measures how fast one phase goes. */
class Pace {
  private readonly startedAt = performance.now();
  private readonly doneAtStart: number;
  constructor(done: number) {
    this.doneAtStart = done;
  }
  /** `1,234/s 12 s`: how fast the phase goes, once it does, and how long it has taken. */
  text(done: number): string {
    const seconds = (performance.now() - this.startedAt) / 1000;
    if (seconds < 0.2) return '';
    const rate = Math.round((done - this.doneAtStart) / seconds);
    const parts = [rate > 0 ? `${countText(rate)}/s` : '', seconds >= 1 ? `${seconds.toFixed(0)} s` : ''];
    return parts.filter((part) => part !== '').join(' ');
  }
}

const headOf = ({ phase, subject }: Progress): string => `${phase}: ${subject}`;

function countsOf({ done, total, unit }: Progress): string {
  return total === undefined
    ? `${countText(done)} ${unit}`
    : `${countText(done)} of ${countText(total)} ${unit}`;
}

const LINE_EVERY_MS = 3000;
/** A phase that tells nothing for so long is said to be still at work. */
const SILENCE_MS = 15_000;

/** For logs: a line at each new phase and then every few seconds. */
class LineProgress implements ProgressView {
  private readonly sink: TextSink;
  private head = '';
  private pace = new Pace(0);
  private lastAt = 0;
  private last: Progress | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(sink: TextSink) {
    this.sink = sink;
    this.timer = setInterval(() => {
      if (this.last !== null && performance.now() - this.lastAt >= SILENCE_MS) this.write(this.last);
    }, SILENCE_MS / 3).unref();
  }

  update(progress: Progress): void {
    this.last = progress;
    const now = performance.now();
    const head = headOf(progress);
    if (head !== this.head) {
      this.head = head;
      this.pace = new Pace(progress.done);
    } else if (now - this.lastAt < LINE_EVERY_MS) {
      return;
    }
    this.write(progress);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private write(progress: Progress): void {
    this.lastAt = performance.now();
    const parts = [countsOf(progress), this.pace.text(progress.done)].filter((part) => part !== '');
    this.sink.write(`${this.head}: ${parts.join(', ')}\n`);
  }
}

/** For people: a bar that is redrawn in place, or a counter while the end is not known. */
class BarProgress implements ProgressView {
  private readonly sink: TextSink;
  private head = '';
  private pace = new Pace(0);
  private bar: SingleBar | null = null;

  constructor(sink: TextSink) {
    this.sink = sink;
  }

  update(progress: Progress): void {
    const head = headOf(progress);
    if (this.bar === null || head !== this.head) {
      this.stop();
      this.head = head;
      this.pace = new Pace(progress.done);
      this.bar = this.newBar();
      this.bar.start(progress.total ?? 0, progress.done, this.payload(progress));
    }
    if (progress.total !== undefined) this.bar.setTotal(progress.total);
    this.bar.update(progress.done, this.payload(progress));
  }

  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private payload(progress: Progress): object {
    return { progress, pace: this.pace };
  }

  private newBar(): SingleBar {
    const columns = this.sink.columns ?? 80;
    return new SingleBar({
      // cli-progress wants a stream; it uses no more of it than this when it is told of a terminal.
      stream: this.stream(columns),
      clearOnComplete: true,
      hideCursor: true,
      fps: 10,
      forceRedraw: true,
      // Ctrl-C is the command line's to handle.
      gracefulExit: false,
      format: (_options, state, payload: { progress: Progress; pace: Pace }) => {
        const { progress, pace } = payload;
        const width = Math.max(5, Math.min(30, columns - 70));
        const full = Math.round(state.progress * width);
        const bar = progress.total === undefined ? '' : `[${'█'.repeat(full)}${'·'.repeat(width - full)}] `;
        return `${headOf(progress)} ${bar}${countsOf(progress)} ${pace.text(progress.done)}`.slice(
          0,
          columns - 1,
        );
      },
    });
  }

  private stream(columns: number): NodeJS.WritableStream {
    const { sink } = this;
    const stream = {
      isTTY: true,
      columns,
      write: (text: string | Uint8Array): boolean => {
        sink.write(String(text));
        return true;
      },
    };
    return stream as unknown as NodeJS.WritableStream;
  }
}
