interface Named {
  readonly id: number;
  readonly name: string;
}

/** Gives the sector of a name, in whatever case, or of an id; undefined: there is none. */
export function findSector<S extends Named>(sectors: readonly S[], wanted: string): S | undefined {
  return (
    sectors.find(({ name }) => name === wanted) ??
    sectors.find(({ name }) => name.toLowerCase() === wanted.toLowerCase()) ??
    sectors.find(({ id }) => String(id) === wanted)
  );
}
