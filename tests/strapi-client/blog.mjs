// Fills a site with the seed of Strapi's blog template and reads it as a front end does, through the official client.
// Usage: node blog.mjs BASE_URL TOKEN DATA.JSON. The site has the types of tests/fixtures/strapi-blog and no content.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { strapi } from '@strapi/client';

const [baseURL, token, path] = process.argv.slice(2);
const seed = JSON.parse(readFileSync(path, 'utf8'));
const client = strapi({ baseURL, auth: token });
const articles = client.collection('articles');

/** The seed names files that are uploaded apart from it. */
const FILES = new Set(['cover', 'avatar', 'file', 'files', 'shareImage', 'favicon']);
const withoutFiles = (value) => {
  if (Array.isArray(value)) return value.map(withoutFiles);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, of]) => (FILES.has(name) ? [] : [[name, withoutFiles(of)]])),
  );
};
const filled = async (name) => {
  const made = [];
  for (const entry of seed[name]) made.push((await client.collection(name).create(withoutFiles(entry))).data);
  return made;
};

const [categories, authors] = [await filled('categories'), await filled('authors')];
for (const entry of seed.articles) {
  // The seed counts its relations from 1.
  const [category, author] = [categories[entry.category.id - 1], authors[entry.author.id - 1]];
  await articles.create({ ...withoutFiles(entry), category: category.documentId, author: author.documentId });
}
for (const name of ['global', 'about']) await client.single(name).update(withoutFiles(seed[name]));

const listed = await articles.find({ sort: 'title:asc', populate: ['category', 'author', 'blocks'], pagination: { pageSize: 3 } });
assert.deepEqual(listed.meta.pagination, { page: 1, pageSize: 3, pageCount: Math.ceil(seed.articles.length / 3), total: seed.articles.length });
const titles = seed.articles.map((entry) => entry.title).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
assert.deepEqual(listed.data.map((entry) => entry.title), titles.slice(0, 3));
for (const entry of listed.data) {
  const from = seed.articles.find((of) => of.slug === entry.slug);
  assert.equal(entry.description, from.description);
  assert.equal(entry.category.slug, seed.categories[from.category.id - 1].slug);
  assert.equal(entry.author.email, seed.authors[from.author.id - 1].email);
  assert.deepEqual(entry.blocks.map((block) => block.__component), from.blocks.map((block) => block.__component));
}

const one = await articles.findOne(listed.data[0].documentId, { populate: { blocks: { populate: '*' } } });
const quote = (blocks) => blocks.find((block) => block.__component === 'shared.quote');
const text = quote(seed.articles.find((of) => of.slug === one.data.slug).blocks);
assert.equal(quote(one.data.blocks).body, text.body);

const first = seed.categories[seed.articles[0].category.id - 1].slug;
const filed = await articles.find({ filters: { category: { slug: { $eq: first } } }, fields: ['slug'] });
const expected = seed.articles.filter((of) => seed.categories[of.category.id - 1].slug === first).map((of) => of.slug);
assert.deepEqual(filed.data.map((entry) => entry.slug).sort(), expected.sort());

const global = await client.single('global').find({ populate: 'defaultSeo' });
assert.equal(global.data.siteName, seed.global.siteName);
assert.equal(global.data.defaultSeo.metaTitle, seed.global.defaultSeo.metaTitle);
const about = await client.single('about').find({ populate: 'blocks' });
assert.equal(about.data.blocks.length, seed.about.blocks.length);
console.log('the blog was read');
