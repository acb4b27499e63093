import { readFileSync } from 'node:fs';
import type { Role } from '../../src/api/method.js';
import { packageRoot } from '../../src/package-root.js';

/** A method as METHODS.md names it. */
export interface DocumentedMethod {
  readonly name: string;
  /** Any of them is right. */
  readonly roles: readonly Role[];
  /** Params that it names for this method, or for it and its neighbours in the row. */
  readonly params: readonly { readonly name: string; readonly isOptional: boolean }[];
  /** False: the row does not say which of its methods takes which param. */
  readonly isOwn: boolean;
}

const ROLES: Readonly<Record<string, Role>> = { g: 'guest', u: 'user', a: 'admin' };

/** Gives the methods that METHODS.md names; null: it is not here. */
export function documentedMethods(): readonly DocumentedMethod[] | null {
  let text: string;
  try {
    text = readFileSync(new URL('../shared/spec/METHODS.md', packageRoot()), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
  const [methods = ''] = text.split('\n## Channels');
  return methods.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return cells[1]?.startsWith('`') === true ? rowOf(cells) : [];
  });
}

function rowOf([, named = '', role = '', params = '']: readonly string[]): readonly DocumentedMethod[] {
  const names = namesOf(named);
  const groups = params === '' ? [] : params.split(' / ');
  const isOwn = groups.length === names.length || groups.length === 0;
  const each = role.split(' / ');
  return names.map((name, index) => ({
    name,
    roles: rolesIn(each.length === names.length ? (each[index] ?? '') : role),
    params: paramsIn(isOwn ? (groups[index] ?? '') : params),
    isOwn,
  }));
}

/** `watchlists.list`, `.get`: the area is that of the method before. */
function namesOf(cell: string): readonly string[] {
  let area = '';
  return [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => {
    if (name.startsWith('.')) return area + name;
    area = name.slice(0, name.indexOf('.'));
    return name;
  });
}

/** `u (default lists: a writes, g reads)` and `g/u` leave it open which. */
function rolesIn(cell: string): readonly Role[] {
  return [...new Set([...cell.matchAll(/\b[gua]\b/g)].flatMap(([letter]) => ROLES[letter] ?? []))];
}

function paramsIn(cell: string): DocumentedMethod['params'] {
  const text = [...cell.matchAll(/`([^`]*)`/g)].map(([, inside]) => inside).join(', ');
  return text
    .split(/[,/]/)
    .map((part) => /^\s*(\w+)(\?)?/.exec(part))
    .flatMap((match) => (match === null ? [] : [{ name: match[1] ?? '', isOptional: match[2] === '?' }]));
}
