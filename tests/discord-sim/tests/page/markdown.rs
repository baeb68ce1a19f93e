//! Discord's Markdown, as the browser makes nodes of it.

use serde_json::{Value, json};

use crate::browser::{Browser, Look};
use crate::house::House;

/// What is written, and the nodes it becomes.
const CASES: &[(&str, &str)] = &[
    ("plain", "plain"),
    (
        "**bold** and *em* and _em_",
        "<strong>bold</strong> and <em>em</em> and <em>em</em>",
    ),
    ("***both***", "<strong><em>both</em></strong>"),
    ("__under__ ~~gone~~", "<u>under</u> <s>gone</s>"),
    ("snake_case_name", "snake_case_name"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    (r"\*not em\*", "*not em*"),
    (r"**\*\*a\*\***", "<strong>**a**</strong>"),
    (r"*a\**", "<em>a*</em>"),
    (r"\, \. \! \🎉 \a \ ", r", . ! 🎉 \a \ "),
    ("**a `**` b**", "<strong>a `</strong>` b**"),
    ("`a <b> **c**`", "<code>a &lt;b&gt; **c**</code>"),
    ("``a ` b``", "<code>a ` b</code>"),
    (
        "```rust\nfn x() {}\n```",
        "<pre tabindex=\"0\" aria-label=\"Code, rust\"><code>fn x() {}</code></pre>",
    ),
    (
        "# One\n## Two\n-# small",
        "<h3 class=\"md-h1\">One</h3><h4 class=\"md-h2\">Two</h4><small class=\"md-sub\">small</small>",
    ),
    (
        "- a\n  - b\n- c",
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    ),
    ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
    ("> a\n> b\nc", "<blockquote>a\nb</blockquote>c"),
    (">>> a\nb", "<blockquote>a\nb</blockquote>"),
    (
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ),
    ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    (
        "[**x**](https://example.org/a)",
        "<a href=\"https://example.org/a\" target=\"_blank\" rel=\"noopener noreferrer\"><strong>x</strong></a>",
    ),
    (
        "see https://example.org/a_b_c.",
        "see <a href=\"https://example.org/a_b_c\" target=\"_blank\" rel=\"noopener noreferrer\">https://example.org/a_b_c</a>.",
    ),
    ("@everyone", "<span class=\"mention\">@everyone</span>"),
    ("<#1>", "<span class=\"mention gone\"># No access</span>"),
    ("</queue:5>", "<span class=\"mention\">/queue</span>"),
    ("<:wave:5>", "<span class=\"emoji-name\">:wave:</span>"),
    ("<t:99999999999999>", "&lt;t:99999999999999&gt;"),
];

#[tokio::test]
async fn it_becomes_nodes_and_never_markup() {
    let Some(browser) = Browser::open("Markdown in the browser", Look::LIGHT).await else {
        return;
    };
    let house = House::build().await;
    browser.goto(&house.page.url()).await;
    browser.find(".forum").await;
    let script = "
        const [texts, done] = arguments;
        import('/markdown.js').then(({ markdown }) => done(texts.map((text) => {
            const node = document.createElement('div');
            const started = performance.now();
            node.append(...markdown(text));
            return [node.innerHTML, performance.now() - started];
        })));";
    let texts: Vec<&str> = CASES.iter().map(|(text, _)| *text).collect();
    let made = browser.script_async(script, vec![json!(texts)]);
    let made = made.await;
    for ((text, wanted), made) in CASES.iter().zip(made.as_array().unwrap()) {
        assert_eq!(made[0], json!(wanted), "{text}");
    }
    // The longest texts that people can write to annoy a parser.
    let hostile: Vec<String> = [
        "*", "_", "**", "`", "``` ", "||", "[", "[a](", "<@", "<t:", "> ", ">>> ", "- ", "  - ",
        "\\", "~~a", "*a _b ", "http://", "# ", "h", "```\n",
    ]
    .iter()
    .flat_map(|piece| {
        let text: String = piece.chars().cycle().take(4000).collect();
        [text.clone(), format!("{text}x")]
    })
    .collect();
    let made = browser.script_async(script, vec![json!(hostile)]);
    let made: Value = made.await;
    for (text, made) in hostile.iter().zip(made.as_array().unwrap()) {
        let took = made[1].as_f64().unwrap();
        let start: String = text.chars().take(8).collect();
        // Linear is a few milliseconds, also where the machine is busy; anything worse is minutes.
        assert!(took < 5_000.0, "{start:?}… took {took} ms");
    }
    browser.close().await;
}
