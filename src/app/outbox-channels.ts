import { channelName } from '../channels.js';
import type { ServedAsset } from './served-asset.js';

/** Gives the channels of events that are everybody's or all admins': each has its place before anybody asks for it. */
export function outboxChannels(served: readonly Pick<ServedAsset, 'market'>[]): readonly string[] {
  const symbols = served.map(({ market: { symbol } }) => channelName('signals', symbol));
  return ['recommendations', 'signals', 'system-status', ...symbols];
}
