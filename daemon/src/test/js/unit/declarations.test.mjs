// lanyard.d.ts says what lanyard.js exports: no more, no less, and of these types.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as lanyard from '../../../main/resources/npm/lanyard/lanyard.js';
import ts from 'typescript';

const folder = fileURLToPath(new URL('../../../main/resources/npm/lanyard/', import.meta.url));

function membersOf(declaration) {
  const source = ts.createSourceFile('d.ts', ts.sys.readFile(join(folder, 'lanyard.d.ts')), ts.ScriptTarget.Latest, true);
  const found = source.statements.find((statement) => statement.name?.text === declaration);
  return [...new Set(found.members.filter((member) => member.name).map((member) => member.name.getText()))].sort();
}

const PAGE = join(folder, 'page.ts');
const OPTIONS = {
  noEmit: true,
  strict: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts'],
  skipDefaultLibCheck: true,
};
const libraries = new Map(); // they are large, and the same each time

/** Returns what the compiler says of a page that imports the module as `./lanyard.js`. */
function compile(source) {
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile;
  host.getSourceFile = (file, ...others) => {
    if (file === PAGE) {
      return ts.createSourceFile(file, `declare const console: any;${source}`, OPTIONS.target);
    }
    if (!libraries.has(file)) {
      libraries.set(file, read(file, ...others));
    }
    return libraries.get(file);
  };
  const program = ts.createProgram([PAGE], OPTIONS, host);
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}

test('every value that is exported is declared, and nothing else', () => {
  const names = Object.keys(lanyard).sort();
  assert.deepEqual(names, ['Decimal', 'LanyardError', 'connect', 'parse', 'signIn', 'stringify']);
  assert.equal(compile(`import { ${names.join()} } from './lanyard.js'; console.log(${names.join()});`), '');
  const declared = ts
    .createSourceFile('d.ts', ts.sys.readFile(join(folder, 'lanyard.d.ts')), ts.ScriptTarget.Latest)
    .statements.filter((statement) => ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    .map((statement) => statement.name.text);
  assert.deepEqual([...new Set(declared)].sort(), names);
});

/** What collections and subscriptions do with their client, and nobody else. */
const INTERNAL = {
  Lanyard: ['constructor', 'write', 'subscribe', 'resubscribe', 'unsubscribe'],
  Subscription: ['constructor', 'ref', 'request', 'clear', 'failed', 'wrote', 'confirmed', 'refused', 'told'],
  Collection: ['constructor'],
};

test('every declared member is there, and every member is declared', () => {
  const client = lanyard.connect({ WebSocket: class {} });
  try {
    const parts = { Lanyard: client, Collection: client.collection('a'), Subscription: client.collection('a').subscribe() };
    for (const [name, part] of Object.entries(parts)) {
      const declared = membersOf(name);
      assert.deepEqual(declared.filter((member) => !(member in part)), [], name);
      const members = [...Object.keys(part), ...Object.getOwnPropertyNames(Object.getPrototypeOf(part))];
      assert.deepEqual(members.filter((member) => ![...declared, ...INTERNAL[name]].includes(member)), [], name);
    }
    assert.deepEqual(membersOf('Decimal').filter((member) => !(member in new lanyard.Decimal(1))), []);
    assert.deepEqual(membersOf('LanyardError').filter((member) => !(member in new lanyard.LanyardError('x'))), []);
  } finally {
    client.close();
  }
});

test('a page in TypeScript compiles, and a wrong one does not', () => {
  const page = `
    import { connect, Decimal, LanyardError, type Change } from './lanyard.js';
    type Expense = { what: string; amount: Decimal };
    const lanyard = connect({ signIn: { app: 'x', scopes: ['expense:write'] }, numbers: 'text' });
    const off: () => void = lanyard.on('status', (status) => console.log(status === 'online'));
    const expenses = lanyard.collection<Expense>('expense');
    const seen = expenses.subscribe((change: Change<Expense>) => console.log(change.data?.amount.plus(1), change.error?.code),
        { where: { amount: { '>=': 10 }, 'address.city': 'Kraków' } });
    await seen.ready;
    const total = [...seen.documents.values()].reduce((sum, one) => sum.plus(one.amount), new Decimal(0));
    const { items, next } = await expenses.list({ where: { paid: false }, limit: 10 });
    const stored: string = (await expenses.put('e1', { what: 'tea', amount: total }, { ifMatch: items[0].etag })).etag;
    if ((await expenses.get('e1')) === null || next === null) throw new LanyardError('gone', stored);
    off();
  `;
  assert.equal(compile(page), '');
  assert.match(compile(page.replace('total }', "'12.10' }")), /error TS2322/);
});
