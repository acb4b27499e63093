import type { ServerMessage } from '../protocol.js';
import type { Codec } from './codec.js';
import type { Audience, AudienceMembers, Frame, Transport } from './transport.js';

/** How a subscriber wants its data: encoding, and arrays or maps. Publications are encoded once per form and rate. */
export interface Form {
  readonly codec: Codec;
  readonly rows: boolean;
}

/** A channel's state at an offset, as publications and `ChannelSource.state` both have it. */
export interface StateAt {
  /** Left out: the epoch of this run of the server. */
  readonly epoch?: string;
  readonly offset: number;
  readonly time: number;
  readonly row: readonly unknown[] | null;
}

/** Puts channel states into messages and these into frames. */
export class Framer {
  constructor(
    private readonly transport: Pick<Transport, 'frame' | 'audience'>,
    private readonly epoch: string,
  ) {}

  /** See `Transport.audience`. */
  audience(members: AudienceMembers): Audience | null {
    return this.transport.audience(members);
  }

  frame(codec: Codec, message: ServerMessage): Frame {
    return this.transport.frame(codec.encode(message), codec.isBinary);
  }

  /** `channel` is the text as the client wrote it. */
  update(form: Form, channel: string, shape: Shape, state: StateAt): Frame {
    return this.frame(form.codec, {
      type: 'update',
      channel,
      offset: state.offset,
      time: state.time,
      data: dataOf(form, shape, state.row),
    });
  }

  /** `recovered` is left out if null. */
  snapshot(form: Form, channel: string, shape: Shape, state: StateAt, recovered: boolean | null): Frame {
    return this.frame(form.codec, {
      type: 'snapshot',
      channel,
      epoch: state.epoch ?? this.epoch,
      offset: state.offset,
      time: state.time,
      data: dataOf(form, shape, state.row),
      ...(form.rows && shape.fields !== null ? { fields: shape.fields } : {}),
      ...(recovered === null ? {} : { recovered }),
    });
  }
}

/** What a channel's data looks like. */
export interface Shape {
  /** Names of a row's values; null: the data are no rows, and go out as they are. */
  readonly fields: readonly string[] | null;
  /** A list of rows. */
  readonly isList: boolean;
}

function dataOf(form: Form, shape: Shape, row: readonly unknown[] | null): unknown {
  const { fields, isList } = shape;
  if (row === null || fields === null || form.rows) return row;
  return isList ? row.map((item) => toMap(fields, item as readonly unknown[])) : toMap(fields, row);
}

/** Gives an object with the values of a row under the names of its fields; a value that is absent is null. */
export function toMap(fields: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    if (field !== undefined) map[field] = row[i] ?? null;
  }
  return map;
}
