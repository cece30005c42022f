// A small front end against generated types: it compiles only while they say what is delivered.
import type { components, paths } from "./masthead";

type Article = components["schemas"]["ArticleEntry"];
type List = paths["/api/articles"]["get"]["responses"]["200"]["content"]["application/json"];

async function articles(base: string): Promise<List> {
  const answer = await fetch(`${base}/api/articles?populate=*`);
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as List;
}

function card(article: Article): string {
  const title: string = article.title;
  const kind: "news" | "essay" | null | undefined = article.kind;
  const by: string = article.author?.name ?? "nobody";
  const seo: string | null | undefined = article.seo?.metaTitle;
  return [title, kind, by, seo].filter(Boolean).join(" / ");
}

function section(block: NonNullable<Article["sections"]>[number]): string {
  switch (block.__component) {
    case "quote":
      return block.text ?? "";
    case "shared.seo":
      return block.metaTitle ?? "";
  }
}

export async function page(base: string): Promise<string[]> {
  const { data, meta } = await articles(base);
  const total: number | undefined = meta.pagination.total;
  const lines = data.map((article) => [card(article), ...(article.sections ?? []).map(section)].join("\n"));
  return [`${total ?? data.length} articles`, ...lines];
}

export const draft: components["schemas"]["ArticleInput"] = {
  title: "Hello",
  author: "abcdefghijklmnopqrstuvwx",
  sections: [{ __component: "quote", text: "So." }],
};
