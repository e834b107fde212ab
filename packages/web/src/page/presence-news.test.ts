import { expect, test } from 'vitest';
import { PresenceNews } from './presence-news.js';

function newsOf(joined: readonly string[], left: readonly string[] = []): string {
  const news = new PresenceNews();
  for (const name of joined) news.joined(name);
  for (const name of left) news.left(name);
  return news.text();
}

test('people who come and go are named, a crowd is counted', () => {
  expect(newsOf([])).toBe('');
  expect(newsOf(['Ann'])).toBe('Ann joined.');
  expect(newsOf(['Ann', 'Bob', 'Eve'], ['Zoe'])).toBe('Ann, Bob and Eve joined. Zoe left.');
  expect(newsOf(['Ann', 'Bob', 'Eve', 'Zoe'])).toBe('4 people joined.');
});

test('who comes and is gone again is not told of', () => {
  expect(newsOf(['Ann', 'Bob'], ['Ann'])).toBe('Bob joined.');
});
