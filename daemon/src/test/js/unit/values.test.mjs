// Numbers and JSON of /lanyard.js: nothing here needs a daemon.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal, parse, stringify } from '../../../main/resources/npm/lanyard/lanyard.js';

test('text numbers come back digit for digit, wherever they stand', () => {
  const text = '{"a":12.10,"b":[1E2,-0,1e-7,0.30],"c":{"d":"12.10 \\" 5"},"e":123456789012345678901234567890}';
  const value = parse(text, 'text');
  assert.ok(value.a instanceof Decimal);
  assert.equal(String(value.a), '12.10');
  assert.equal(value.c.d, '12.10 " 5');
  assert.equal(stringify(value), text);
});

test('without text numbers JavaScript loses what it always lost', () => {
  assert.equal(stringify(parse('{"a":12.10}')), '{"a":12.1}');
});

test('a string of a quarter MiB full of escapes is no burden', () => {
  const long = JSON.stringify({ note: '\\"1.50\n'.repeat(40_000) });
  assert.equal(stringify(parse(long, 'text')), long);
});

test('text that is not JSON stays an error', () => {
  for (const text of ['{"a":01}', '{"a":1.}', '{"a":+1}', '[1 2]', '{"a":1', '"a', '--1', '1.2.3', '']) {
    assert.throws(() => parse(text, 'text'), text);
  }
});

test('stringify sorts keys, keeps what a Decimal or a BigInt says, and leaves undefined out', () => {
  const value = { b: new Decimal('7.00'), a: 10n ** 20n, c: undefined, d: [new Date(0), null, true] };
  assert.equal(stringify(value), '{"a":100000000000000000000,"b":7.00,"d":["1970-01-01T00:00:00.000Z",null,true]}');
  for (const impossible of [undefined, NaN, Infinity, () => 1, { a: Symbol('x') }]) {
    assert.throws(() => stringify(impossible), TypeError);
  }
});

test('a field called __proto__ is a field', () => {
  const value = parse('{"__proto__":{"a":1.0}}', 'text');
  assert.equal(stringify(value), '{"__proto__":{"a":1.0}}');
});

test('sums and products are exact and keep their decimals', () => {
  assert.equal(String(new Decimal('0.10').plus('0.20')), '0.30');
  assert.equal(String(new Decimal('12.10').minus(13)), '-0.90');
  assert.equal(String(new Decimal('2.40').times(3)), '7.20');
  assert.equal(String(new Decimal('-0.05').times('0.5')), '-0.025');
  assert.equal(String(new Decimal('1e2').plus('1E-2')), '100.01');
  assert.equal(String(new Decimal(1e21).plus(1)), '1000000000000000000001');
});

test('numbers compare by value', () => {
  assert.equal(new Decimal('12.10').compare('12.1'), 0);
  assert.equal(new Decimal('9').compare('10'), -1);
  assert.equal(new Decimal('1e2').compare(99), 1);
  assert.ok(new Decimal('12.10').equals(12.1));
  assert.ok(new Decimal('9') < new Decimal('10'));
});

test('what a document cannot hold is no Decimal', () => {
  for (const text of ['', 'x', '01', '1.', '.5', '+1', 'NaN', 'Infinity', '1e401', '1e-401', '1'.repeat(101), ' 1']) {
    assert.throws(() => new Decimal(text), RangeError, text);
  }
});
