import type { ExternalEvent, ExternalReading } from '../../src/external-events.js';
import type { ApiCall, SourceContext } from '../../src/feeds/sources/source.js';
import { silent } from './folder.js';

type EventOf<T extends ExternalEvent['type']> = Extract<ExternalEvent, { type: T }>;

/** What a source is given in a test, and what it has told. */
export interface ToldEvents {
  readonly context: SourceContext;
  readonly events: readonly ExternalEvent[];
  readonly calls: readonly ApiCall[];
  of<T extends ExternalEvent['type']>(type: T): readonly EventOf<T>[];
  /** Names and values of readings, in the order in which they came. */
  values(): readonly (readonly [ExternalReading['name'], number])[];
  /** The fault that was told last; undefined: none was. */
  fault(): string | null | undefined;
}

/** Makes a context that keeps what is told. Pauses are a thousandth of what they are in life. */
export function toldEvents(given: Partial<SourceContext> = {}): ToldEvents {
  const events: ExternalEvent[] = [];
  const calls: ApiCall[] = [];
  const context: SourceContext = {
    sink: (event) => events.push(event),
    onCall: (call) => calls.push(call),
    logger: silent,
    now: Date.now,
    random: () => 0.5,
    isSimulated: false,
    pace: 0.001,
    ...given,
  };
  const of = <T extends ExternalEvent['type']>(type: T): readonly EventOf<T>[] =>
    events.filter((event): event is EventOf<T> => event.type === type);
  return {
    context,
    events,
    calls,
    of,
    values: () => of('reading').map(({ reading }) => [reading.name, reading.value] as const),
    fault: () => of('state').at(-1)?.fault,
  };
}
