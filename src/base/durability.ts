/** What a reply waits for: the part of the database that the doors and the engine need to know. */
export type Durability = {
  /** How many batches could not be written so far; taken when a request begins. */
  failures(): number;
  /** Resolves when everything is on disk; throws `unavailable` when a batch has failed since then. */
  flush(since?: number): Promise<void>;
};
