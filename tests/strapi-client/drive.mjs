// Drives every method of the official client's collection and single-type managers against a running server.
// Usage: node drive.mjs BASE_URL TOKEN. The site has the types of tests/fixtures/strapi-blog and no content.
import assert from 'node:assert/strict';
import { strapi } from '@strapi/client';

const [baseURL, token] = process.argv.slice(2);
const client = strapi({ baseURL, auth: token });
const visitor = strapi({ baseURL });

const articles = client.collection('articles');
const authors = client.collection('authors');
const categories = client.collection('categories');

/** Whatever is refused has the name of the client's error and Strapi's envelope. */
async function refused(promise, name, status) {
  const error = await promise.then(
    () => assert.fail(`expected ${name}`),
    (error) => error,
  );
  assert.equal(error.name, name, String(error));
  assert.equal(error.response.status, status);
  const body = await error.response.json();
  assert.equal(body.data, null);
  assert.equal(body.error.status, status);
  assert.equal(typeof body.error.message, 'string');
  return body.error;
}

// collection().create
const ann = (await authors.create({ name: 'Ann', email: 'ann@example.org' })).data;
const news = (await categories.create({ name: 'News', slug: 'news' })).data;
const essay = (await categories.create({ name: 'Essay', slug: 'essay' })).data;
assert.match(ann.documentId, /^[a-z0-9]{24}$/);
const blocks = [
  { __component: 'shared.rich-text', body: '# Hello' },
  { __component: 'shared.quote', title: 'Ann', body: 'Come in.' },
];
const created = await articles.create(
  { title: 'We are open', slug: 'we-are-open', author: ann.documentId, category: { connect: [news.documentId] }, blocks },
  { populate: ['author', 'category', 'blocks'] },
);
const first = created.data;
assert.equal(first.title, 'We are open');
assert.equal(first.author.name, 'Ann');
assert.equal(first.category.slug, 'news');
assert.deepEqual(first.blocks.map((block) => block.__component), ['shared.rich-text', 'shared.quote']);
assert.equal(typeof first.publishedAt, 'string');
assert.deepEqual(created.meta, {});
for (const [n, category] of [[1, news], [2, essay], [3, essay]]) {
  await articles.create({ title: `Article ${n}`, slug: `article-${n}`, author: ann.documentId, category: category.documentId });
}
const draft = (await articles.create({ title: 'Not yet', slug: 'not-yet' }, { status: 'draft' })).data;
assert.equal(draft.publishedAt, null);

// collection().find: all of the query language that the client can write
const all = await articles.find({ sort: 'slug:asc' });
assert.deepEqual(all.data.map((article) => article.slug), ['article-1', 'article-2', 'article-3', 'we-are-open']);
assert.deepEqual(all.meta.pagination, { page: 1, pageSize: 25, pageCount: 1, total: 4 });
const paged = await articles.find({ sort: ['slug:desc'], fields: ['title'], pagination: { page: 2, pageSize: 3 } });
assert.deepEqual(paged.data.map((article) => article.title), ['Article 1']);
assert.equal(paged.data[0].slug, undefined);
assert.deepEqual(paged.meta.pagination, { page: 2, pageSize: 3, pageCount: 2, total: 4 });
const offset = await articles.find({ sort: 'slug', pagination: { start: 1, limit: 2, withCount: false } });
assert.deepEqual(offset.data.map((article) => article.slug), ['article-2', 'article-3']);
const filtered = await articles.find({
  filters: { $or: [{ category: { slug: { $eq: 'news' } } }, { title: { $containsi: 'ARTICLE 3' } }], author: { name: 'Ann' } },
  sort: 'slug',
});
assert.deepEqual(filtered.data.map((article) => article.slug), ['article-1', 'article-3', 'we-are-open']);
const since = await articles.find({ filters: { createdAt: { $gte: new Date(0) }, slug: { $in: ['article-1', 'x'] } } });
assert.deepEqual(since.data.map((article) => article.slug), ['article-1']);
const populated = await articles.find({
  filters: { slug: 'we-are-open' },
  populate: {
    author: { fields: ['name'], populate: { articles: { filters: { slug: { $startsWith: 'article' } }, sort: 'slug:desc' } } },
    category: true,
    blocks: { on: { 'shared.quote': { populate: '*' } } },
  },
});
assert.deepEqual(populated.data[0].author.articles.map((article) => article.slug), ['article-3', 'article-2', 'article-1']);
assert.deepEqual(populated.data[0].blocks.map((block) => block.body), ['Come in.']);
const drafts = await articles.find({ status: 'draft', filters: { publishedAt: { $null: true } } });
assert.ok(drafts.data.some((article) => article.documentId === draft.documentId));
assert.equal((await articles.find({ populate: '*', pagination: { pageSize: 1 } })).data.length, 1);

// collection().findOne
const one = await articles.findOne(first.documentId, { populate: ['author'], locale: 'en' });
assert.equal(one.data.author.documentId, ann.documentId);
assert.equal(one.data.id, first.id);
assert.equal((await articles.findOne(draft.documentId, { status: 'draft' })).data.title, 'Not yet');
await refused(articles.findOne(draft.documentId), 'HTTPNotFoundError', 404);
await refused(articles.findOne('nothing'), 'HTTPNotFoundError', 404);

// collection().update
const updated = await articles.update(first.documentId, { title: 'We are closed', category: null }, { populate: 'category' });
assert.equal(updated.data.title, 'We are closed');
assert.equal(updated.data.category, null);
assert.equal(updated.data.documentId, first.documentId);
assert.equal((await articles.findOne(first.documentId)).data.title, 'We are closed');
await articles.update(first.documentId, { title: 'Perhaps' }, { status: 'draft' });
assert.equal((await articles.findOne(first.documentId)).data.title, 'We are closed');
assert.equal((await articles.update(draft.documentId, { title: 'Now' })).data.title, 'Now');
assert.equal(typeof (await articles.findOne(draft.documentId)).data.publishedAt, 'string');

// collection().delete
assert.equal(await articles.delete(draft.documentId), undefined);
await refused(articles.findOne(draft.documentId), 'HTTPNotFoundError', 404);
await refused(articles.delete(draft.documentId), 'HTTPNotFoundError', 404);

// single().find, update, delete
const global = client.single('global');
await refused(global.find(), 'HTTPNotFoundError', 404);
const site = await global.update(
  { siteName: 'Blog', siteDescription: 'About', defaultSeo: { metaTitle: 'Blog', metaDescription: 'About' } },
  { populate: '*' },
);
assert.equal(site.data.defaultSeo.metaTitle, 'Blog');
const found = await global.find({ fields: ['siteName'], populate: { defaultSeo: { fields: ['metaTitle'] } } });
assert.equal(found.data.siteName, 'Blog');
assert.equal(found.data.siteDescription, undefined);
assert.equal(found.data.defaultSeo.metaDescription, undefined);
assert.equal((await global.update({ siteName: 'The blog' })).data.siteName, 'The blog');
assert.equal(await global.delete(), undefined);
await refused(global.find(), 'HTTPNotFoundError', 404);

// The errors that a front end acts on
const unknown = await refused(articles.find({ filters: { titel: 'x' } }), 'HTTPBadRequestError', 400);
assert.equal(unknown.name, 'ValidationError');
assert.match(unknown.message, /titel/);
const taken = await refused(articles.create({ title: 1 }), 'HTTPBadRequestError', 400);
assert.deepEqual(taken.details.errors[0].path, ['data', 'title']);
await refused(strapi({ baseURL, auth: 'mh_wrong' }).collection('articles').find(), 'HTTPAuthorizationError', 401);
await refused(visitor.collection('articles').create({ title: 'x' }), 'HTTPForbiddenError', 403);
assert.equal((await visitor.collection('articles').find()).data.length, 4);
await refused(visitor.collection('authors').find(), 'HTTPNotFoundError', 404);

// client.fetch: anything else below the base
const locales = await (await client.fetch('/i18n/locales')).json();
assert.deepEqual(locales.map((locale) => [locale.code, locale.isDefault]), [['en', true]]);
// files: upload, find, findOne, update, delete
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
);
const [sent] = await client.files.upload(pixel, {
  filename: 'pixel.png',
  mimetype: 'image/png',
  fileInfo: { name: 'pixel.png', alternativeText: 'A pixel', caption: 'Small' },
});
assert.equal(sent.mime, 'image/png');
assert.equal(sent.alternativeText, 'A pixel');
const [blob] = await client.files.upload(new Blob([pixel], { type: 'image/png' }), { fileInfo: { name: 'blob.png' } });
assert.equal(blob.name, 'blob.png');
assert.equal((await client.files.find({ filters: { mime: { $contains: 'image' } }, sort: 'name:desc' })).length, 2);
assert.equal((await client.files.findOne(sent.id)).documentId, sent.documentId);
const changed = await client.files.update(sent.id, { caption: 'Smaller', alternativeText: 'One pixel' });
assert.equal(changed.caption, 'Smaller');
const shown = await articles.update(created.data.documentId, { cover: sent.id }, { populate: ['cover'] });
assert.equal(shown.data.cover.documentId, sent.documentId);
await articles.update(created.data.documentId, { cover: null });
assert.equal((await client.files.delete(sent.id)).id, sent.id);
await assert.rejects(client.files.findOne(sent.id));
await assert.rejects(visitor.files.find());

console.log('every method answered as it should');
