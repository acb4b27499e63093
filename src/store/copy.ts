import type pg from 'pg';
import { PATIENT_MS } from './patient-query.js';
import type { Connection } from './pool.js';

/** What the driver's own connection offers beside what its types tell. */
interface Wire {
  readonly stream: import('node:stream').Duplex;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

export interface CopyOptions {
  /** True: it may take as long as there are rows. Default false: the pool's limit for answers holds for all of it. */
  readonly isPatient?: boolean;
}

/** Rows leave in pieces of this size, or a row more. */
const PIECE_BYTES = 256 * 1_024;

/**
 * Runs `COPY … FROM STDIN` and gives the number of rows. `pieces` need not end with a row; the next one is asked for
 * when the socket has taken the last.
 *
 * @throws what the database says of the rows, of which none is stored then, or what `pieces` throws
 */
export async function copyIn(
  connection: Connection,
  sql: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  options: CopyOptions = {},
): Promise<number> {
  const copy = new CopyIn(sql, pieces, options);
  connection.query(copy);
  return copy.ended;
}

/**
 * Runs `COPY … TO STDOUT` and gives the number of rows. `take` is handed whole rows, many at a time; the database waits
 * while it has not resolved.
 *
 * @throws what the database or `take` throws; the connection is of no use then and must be dropped
 */
export async function copyOut(
  connection: Connection,
  sql: string,
  take: (piece: Buffer) => Promise<void>,
  options: CopyOptions = {},
): Promise<number> {
  const copy = new CopyOut(sql, take, options);
  connection.query(copy);
  return copy.ended;
}

/** What both ways share: a query of the driver that ends once, well or not. */
abstract class Copy implements pg.Submittable {
  /** Read by the driver: the limit for all of it, ms; the pool's if undefined. */
  readonly query_timeout: number | undefined;
  /** Set by the driver, which is told of the end by it. */
  callback: (() => void) | undefined;
  readonly ended: Promise<number>;
  protected hasEnded = false;
  #rows = 0;
  #resolve: (rows: number) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    readonly text: string,
    { isPatient = false }: CopyOptions,
  ) {
    this.query_timeout = isPatient ? PATIENT_MS : undefined;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: pg.Connection): void {
    connection.query(this.text);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1]);
  }

  handleError(error: unknown): void {
    this.fail(error);
  }

  handleReadyForQuery(): void {
    this.hasEnded = true;
    this.callback?.();
    this.#resolve(this.#rows);
  }

  protected fail(error: unknown): void {
    this.hasEnded = true;
    this.callback?.();
    this.#reject(error);
  }
}

class CopyIn extends Copy {
  /** What the rows' source threw; the database is told to forget the rows and answers with an error of its own. */
  #cause: { readonly error: unknown } | null = null;

  constructor(
    sql: string,
    private readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
    options: CopyOptions,
  ) {
    super(sql, options);
  }

  handleCopyInResponse(wire: Wire): void {
    void this.#feed(wire);
  }

  override handleError(error: unknown): void {
    this.fail(this.#cause === null ? error : this.#cause.error);
  }

  async #feed(wire: Wire): Promise<void> {
    try {
      for await (const piece of this.pieces) {
        // After an error the database takes no more, and the connection may be another's by now.
        if (this.hasEnded) return;
        wire.sendCopyFromChunk(piece);
        if (wire.stream.writableNeedDrain) await drained(wire);
      }
      if (!this.hasEnded) wire.endCopyFrom();
    } catch (error) {
      if (this.hasEnded) return;
      this.#cause = { error };
      wire.sendCopyFail('the rows could not be read');
    }
  }
}

class CopyOut extends Copy {
  #piece = Buffer.allocUnsafe(PIECE_BYTES);
  #length = 0;
  /** Pieces that were handed over, one after the other. */
  #taking: Promise<void> = Promise.resolve();
  #waiting = 0;
  #wire: Wire | null = null;

  constructor(
    sql: string,
    private readonly take: (piece: Buffer) => Promise<void>,
    options: CopyOptions,
  ) {
    super(sql, options);
  }

  /** One row, in a buffer that the driver uses again. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }, wire: Wire): void {
    this.#wire = wire;
    if (this.#length + chunk.length > this.#piece.length) this.#hand();
    if (chunk.length > this.#piece.length) this.#piece = Buffer.allocUnsafe(chunk.length);
    this.#length += chunk.copy(this.#piece, this.#length);
  }

  override handleReadyForQuery(): void {
    this.#hand();
    void this.#taking.then(
      () => super.handleReadyForQuery(),
      (error: unknown) => this.fail(error),
    );
  }

  #hand(): void {
    if (this.#length === 0) return;
    const piece = this.#piece.subarray(0, this.#length);
    this.#piece = Buffer.allocUnsafe(PIECE_BYTES);
    this.#length = 0;
    this.#waiting += 1;
    this.#wire?.stream.pause();
    this.#taking = this.#taking.then(async () => {
      await this.take(piece);
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#wire?.stream.resume();
    });
    this.#taking.catch((error: unknown) => {
      if (this.hasEnded) return;
      this.fail(error);
      // The database would go on sending.
      this.#wire?.stream.destroy();
    });
  }
}

/** Resolves when the socket takes more, or will never. */
function drained({ stream }: Wire): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
