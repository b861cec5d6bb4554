// Tells JUnit one JSON object a line for each test that ended; what tests print goes to standard error.
export default async function* reporter(events) {
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      process.stderr.write(data.message);
    } else if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0) {
      const cause = data.details.error?.cause ?? data.details.error;
      const error = type === 'test:fail' ? String(cause?.stack ?? cause) : undefined;
      yield `${JSON.stringify({ name: data.name, millis: data.details.duration_ms, skipped: data.skip, error })}\n`;
    }
  }
}
