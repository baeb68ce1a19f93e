// Embeds: the cards of applications from before components.

import { h, icon, roleColor } from "./dom.js";
import { anchor, markdown } from "./markdown.js";
import { full, stamp } from "./times.js";

export function embed(data, options) {
  const node = h(
    "article",
    { class: "embed" },
    data.provider?.name && h("div", { class: "embed-provider" }, data.provider.name),
    data.author?.name &&
      h(
        "div",
        { class: "embed-author" },
        data.author.url ? anchor(data.author.url, data.author.name) : data.author.name,
      ),
    data.title &&
      h(
        "div",
        { class: "embed-title" },
        data.url
          ? anchor(data.url, markdown(data.title, { ...options, inline: true }))
          : markdown(data.title, { ...options, inline: true }),
      ),
    data.description && 
      h("div", { class: "embed-text markdown" }, markdown(data.description, options)),
    data.fields?.length > 0 && fields(data.fields, options),
    (data.image ?? data.thumbnail) && picture((data.image ?? data.thumbnail).url, "Picture"),
    footer(data),
  );
  if (data.color) node.style.setProperty("--edge", roleColor(data.color));
  return node;
}

function fields(all, options) {
  return h(
    "dl",
    { class: "embed-fields" },
    all.map((field) =>
      h(
        "div",
        { class: field.inline ? "embed-field inline" : "embed-field" },
        h("dt", null, markdown(field.name, { ...options, inline: true })),
        h("dd", { class: "markdown" }, markdown(field.value, options)),
      ),
    ),
  );
}

function footer(data) {
  const at = data.timestamp && new Date(data.timestamp);
  if (!data.footer?.text && !at) return null;
  return h(
    "footer",
    { class: "embed-footer" },
    data.footer?.text,
    data.footer?.text && at && " • ",
    at && h("time", { title: full(at), datetime: data.timestamp }, stamp(at)),
  );
}

/** Where a picture would be: nothing is fetched from elsewhere, so its address stands for it. */
export function picture(url, words) {
  const short = url?.startsWith("attachment://") ? url.slice("attachment://".length) : url;
  return h(
    "div",
    { class: "picture" },
    icon("file"),
    h("span", null, words, short && [": ", anchor(short, short)]),
  );
}
