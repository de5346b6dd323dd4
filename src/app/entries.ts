/** What the rooms say about the lists of `postern.yaml`, for whoever reads a file. */
import { isPosternError } from '../base/errors.ts';
import { type LoadedConfig, type LoadOptions, loadWithOrigins } from '../config/config.ts';
import { anyEntries, entryTypes } from '../domain/directory/directory.ts';

export { entryTypes };

/**
 * The configuration for whoever hands its lists to the rooms, which tell everything that is wrong with them at once. Where
 * settings are wrong no room can be asked: then what the form of the entries tells is reported beside them.
 */
export async function loadForRooms(options: Omit<LoadOptions, 'entries'>): Promise<LoadedConfig> {
  try {
    return await loadWithOrigins({ ...options, entries: anyEntries });
  } catch (error) {
    if (!isPosternError(error)) throw error;
    return loadWithOrigins({ ...options, entries: entryTypes });
  }
}
