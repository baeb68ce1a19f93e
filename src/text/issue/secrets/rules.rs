//! What secrets look like.
//!
//! Sources: gitleaks' `config/gitleaks.toml` (MIT), of which these are the prefixes that services publish
//! so that their keys can be found, and its keys that are known by the service's name before
//! them; the services' own pages where gitleaks has none (Discord, Docker, Telegram). Entropy and allow
//! lists are left out: a doubtful string is taken out, and can still be told in the issue.

/// A kind of secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for whoever reads the table, and its tests")
    )]
    pub(super) name: &'static str,
    /// Its form. Where there is a group named `secret`, only that is taken out.
    pub(super) form: &'static str,
}

const fn rule(name: &'static str, form: &'static str) -> Rule {
    Rule { name, form }
}

pub(super) const RULES: &[Rule] = &[
    rule(
        "private key",
        r"(?s)-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    // Discord's messages are short: a key may be in two of them.
    rule(
        "end of a private key",
        r"(?:[A-Za-z0-9+/]{40,}\r?\n)*[A-Za-z0-9+/=]*\s*-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----",
    ),
    rule(
        "middle of a key",
        r"(?:^|\s)(?P<secret>(?:[A-Za-z0-9+/]{64}\r?\n){3,}[A-Za-z0-9+/=]{0,64})",
    ),
    rule(
        "age key",
        r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    ),
    rule(
        "1Password key",
        r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}\b",
    ),
    rule("1Password token", r"ops_eyJ[A-Za-z0-9+/]{250,}={0,3}"),
    rule("Adobe secret", r"\bp8e-[A-Za-z0-9]{32}\b"),
    rule("Alibaba key", r"\bLTAI[A-Za-z0-9]{20}\b"),
    rule("Artifactory key", r"\bAKCp[A-Za-z0-9]{69}\b"),
    rule("Artifactory token", r"\bcmVmd[A-Za-z0-9]{59}\b"),
    rule("Atlassian token", r"\bATATT3[A-Za-z0-9_=-]{186}"),
    rule(
        "AWS access key",
        r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    ),
    rule("AWS Bedrock key", r"\bABSK[A-Za-z0-9+/]{109,269}={0,2}"),
    rule(
        "Azure secret",
        r"\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    ),
    rule("ClickHouse key", r"\b4b1d[A-Za-z0-9]{38}\b"),
    rule("Clojars token", r"(?i)\bCLOJARS_[a-z0-9]{60}"),
    rule("Cloudflare key", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b"),
    rule("Databricks token", r"\bdapi[a-f0-9]{32}(?:-[0-9])?\b"),
    rule("DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    rule(
        "Discord token",
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    ),
    rule(
        "Discord webhook",
        r"https://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/[0-9]+/(?P<secret>[A-Za-z0-9_-]{20,})",
    ),
    rule("Docker token", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}"),
    rule(
        "Doppler token",
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{40,}",
    ),
    rule("Duffel token", r"\bduffel_(?:test|live)_[A-Za-z0-9_=-]{43}"),
    rule(
        "Dynatrace token",
        r"\bdt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}\b",
    ),
    rule("EasyPost token", r"\bEZ[AT]K[A-Za-z0-9]{54}\b"),
    rule("Facebook token", r"\bEAA[MC][A-Za-z0-9]{100,}"),
    rule(
        "Flutterwave key",
        r"\bFLW(?:PUB|SEC)K_TEST-[a-h0-9]{32}-X\b",
    ),
    rule(
        "Fly token",
        r"\b(?:fo1_[A-Za-z0-9_-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3})",
    ),
    rule("Frame.io token", r"\bfio-u-[A-Za-z0-9_=-]{64}"),
    rule(
        "GitHub token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    rule(
        "GitLab token",
        r"\b(?:gl(?:pat|dt|ft|rt|rtr|cbt|ptt|soat|imt|agent|oas|wt)-[A-Za-z0-9_.-]{20,}|GR1348941[A-Za-z0-9_-]{20})",
    ),
    rule("Google key", r"\bAIza[A-Za-z0-9_-]{35}"),
    rule("Google OAuth secret", r"\bGOCSPX-[A-Za-z0-9_-]{28}"),
    rule(
        "Grafana token",
        r"\bgl(?:c_[A-Za-z0-9+/]{32,400}={0,3}|sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8})",
    ),
    rule(
        "Harness key",
        r"\b(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}\b",
    ),
    rule(
        "HashiCorp token",
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
    ),
    rule("Heroku key", r"\bHRKU-AA[A-Za-z0-9_-]{58}"),
    rule("Hugging Face token", r"\b(?:hf_|api_org_)[A-Za-z]{30,}\b"),
    rule("Infracost key", r"\bico-[A-Za-z0-9]{32}\b"),
    rule("Linear key", r"\blin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    rule("Mailchimp key", r"\b[a-f0-9]{32}-us[0-9]{1,2}\b"),
    rule("Mailgun key", r"\b(?:pub)?key-[a-f0-9]{32}\b"),
    rule(
        "Mapbox token",
        r"\b[ps]k\.[A-Za-z0-9]{60}\.[A-Za-z0-9]{22}\b",
    ),
    rule(
        "Microsoft Teams webhook",
        r"https://[a-z0-9]+\.webhook\.office\.com/(?P<secret>webhookb2/[A-Za-z0-9@/-]{60,})",
    ),
    rule(
        "New Relic key",
        r"\bNR(?:AK-[A-Za-z0-9]{27}|JS-[a-f0-9]{19}|II-[A-Za-z0-9-]{32})",
    ),
    rule(
        "Notion token",
        r"\b(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b",
    ),
    rule("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    rule("Octopus key", r"\bAPI-[A-Z0-9]{26}\b"),
    // OpenAI, Anthropic and others alike.
    rule("API key", r"\bsk-(?:[A-Za-z0-9]+-)*[A-Za-z0-9_-]{20,}"),
    rule("Perplexity key", r"\bpplx-[A-Za-z0-9]{48}\b"),
    rule(
        "PlanetScale secret",
        r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}",
    ),
    rule("Postman key", r"\bPMAK-[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}\b"),
    rule("Prefect key", r"\bpnu_[A-Za-z0-9]{36}\b"),
    rule("Pulumi token", r"\bpul-[a-f0-9]{40}\b"),
    rule("PyPI token", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    rule("ReadMe key", r"\brdme_[a-z0-9]{70}\b"),
    rule("RubyGems key", r"\brubygems_[a-f0-9]{48}\b"),
    rule("Scalingo token", r"\btk-us-[A-Za-z0-9_-]{48}"),
    rule(
        "SendGrid key",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    ),
    rule("Brevo key", r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b"),
    rule(
        "Sentry token",
        r"\bsntry(?:u_[a-f0-9]{64}|s_[A-Za-z0-9+/=_-]{60,})",
    ),
    rule("Shippo token", r"\bshippo_(?:live|test)_[A-Fa-f0-9]{40}\b"),
    rule("Shopify token", r"\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}\b"),
    rule(
        "Slack token",
        r"\b(?:xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{20,})",
    ),
    rule(
        "Slack webhook",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/+]{20,})",
    ),
    rule(
        "Sourcegraph token",
        r"\bsgp_(?:(?:[A-Fa-f0-9]{16}|local)_)?[A-Fa-f0-9]{40}\b",
    ),
    rule(
        "Square token",
        r"\b(?:sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{40,60})",
    ),
    rule("Stripe key", r"\b[rs]k_(?:test|live|prod)_[A-Za-z0-9]{10,}"),
    rule("Telegram token", r"\b[0-9]{5,16}:A[A-Za-z0-9_-]{34}\b"),
    rule("Twilio key", r"\bSK[0-9a-fA-F]{32}\b"),
    rule("Vault token", r"\bhv[bs]\.[A-Za-z0-9_-]{24,}"),
    rule(
        "Yandex key",
        r"\b(?:AQVN[A-Za-z0-9_-]{35,38}|t1\.[A-Z0-9a-z_-]+={0,2}\.[A-Z0-9a-z_-]{86}={0,2})",
    ),
    rule(
        "JSON Web Token",
        r"\bey[A-Za-z0-9_-]{17,}\.ey[A-Za-z0-9_/\\-]{17,}\.[A-Za-z0-9_/\\-]*={0,2}",
    ),
    rule(
        "password in an address",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@]*:(?P<secret>[^\s/@]+)@",
    ),
    rule(
        "authorization header",
        r"(?i)\bauthorization\s*:\s*(?:bearer|basic|token|bot)\s+(?P<secret>[A-Za-z0-9._~+/=-]{8,})",
    ),
    // A curl line's own way to say it.
    rule(
        "curl user",
        r#"(?i)\bcurl\b[^\n]*\s(?:-u|--user)[ =]?["']?[^\s:"']+:(?P<secret>[^\s"']{3,})"#,
    ),
    rule(
        "key of a named service",
        r#"(?i)\b(?:adafruit|adobe|airtable|algolia|alibaba|asana|atlassian|bitbucket|bittrex|cloudflare|codecov|cohere|coinbase|confluent|contentful|datadog|discord|dropbox|etsy|fastly|finnhub|freshbooks|gitter|gocardless|heroku|hubspot|intercom|jfrog|jira|kraken|kucoin|launchdarkly|lob|looker|mailchimp|mailgun|mattermost|messagebird|netlify|nytimes|okta|plaid|privateai|rapidapi|sendbird|sentry|snyk|squarespace|sumologic|telegram|travis|trello|twitch|twitter|yandex|zendesk)[\w .-]{0,20}["']?\s{0,3}(?:=|:{1,3}=?|=>)\s{0,3}["']?(?P<secret>[A-Za-z0-9=_-]{16,})"#,
    ),
    rule(
        "assigned secret",
        r#"(?i)\b[a-z0-9_.-]*(?:api[_-]?key|access[_-]?key|secret|passw(?:or)?d|passphrase|token|auth[_-]?key|credential)s?["']?\s*(?:=|:|=>)\s*(?:bearer\s+|basic\s+)?["']?(?P<secret>[^\s"'`,;<>\[\]{}()]{8,})"#,
    ),
    rule(
        "e-mail address",
        r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
    ),
];

/// An example of each rule, put together so that no scanner takes this file for a leak: the name of
/// the rule, the secret, and what of it stays.
#[cfg(test)]
pub(super) fn examples() -> Vec<(&'static str, String, &'static str)> {
    // Sixty signs of each sort, repeated as often as wanted.
    let long = |n: usize| -> String {
        "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
            .chars()
            .cycle()
            .take(n)
            .collect()
    };
    let low = |n: usize| -> String { "a1b2c3d4e5f6".chars().cycle().take(n).collect() };
    let up = |n: usize| -> String { "A2B3C4D5E6F7".chars().cycle().take(n).collect() };
    let letters = |n: usize| -> String { "abcdefghijkLMNOP".chars().cycle().take(n).collect() };
    let key = |name: &str| {
        format!(
            "-----BEGIN {name}PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END {name}PRIVATE KEY-----"
        )
    };
    let line = format!("{}\n", long(64));
    let mut all = vec![
        ("private key", key("RSA "), ""),
        ("private key", key("OPENSSH "), ""),
        ("private key", key(""), ""),
        (
            "end of a private key",
            "MIIEow==\n-----END RSA PRIVATE KEY-----".to_owned(),
            "",
        ),
        ("middle of a key", line.repeat(4).trim_end().to_owned(), ""),
        (
            "Discord token",
            format!("M{}.abcdef.{}", long(25), long(30)),
            "",
        ),
        (
            "Discord webhook",
            format!("https://discord.com/api/webhooks/123/{}", long(40)),
            "https://discord.com/api/webhooks/123/",
        ),
        (
            "Microsoft Teams webhook",
            format!("https://acme.webhook.office.com/webhookb2/{}", low(70)),
            "https://acme.webhook.office.com/",
        ),
        (
            "Slack webhook",
            format!("https://hooks.slack.com/services/{}", long(40)),
            "https://hooks.slack.com/services/",
        ),
        (
            "password in an address",
            "postgres://app:hunter2@db.example.org/x".to_owned(),
            "postgres://app:",
        ),
        (
            "authorization header",
            "Authorization: Bearer abc.def-ghi".to_owned(),
            "Authorization: Bearer ",
        ),
        (
            "curl user",
            "curl -s -u ann:hunter22 localhost".to_owned(),
            "curl -s -u ann:",
        ),
        (
            "key of a named service",
            format!("fastly: {}", low(32)),
            "fastly: ",
        ),
        (
            "assigned secret",
            "API_KEY = \"0123456789abcdef\"".to_owned(),
            "API_KEY = \"",
        ),
        (
            "assigned secret",
            "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG".to_owned(),
            "export AWS_SECRET_ACCESS_KEY=",
        ),
        (
            "e-mail address",
            "ann.smith+help@mail.example.org".to_owned(),
            "",
        ),
    ];
    let whole = [
        (
            "age key",
            format!(
                "AGE-SECRET{}{}",
                "-KEY-1",
                "QPZRY9X8".chars().cycle().take(58).collect::<String>()
            ),
        ),
        (
            "1Password key",
            format!("A3-{}-{}-{}-{}-{}", up(6), up(11), up(5), up(5), up(5)),
        ),
        ("1Password token", format!("ops_{}{}", "eyJ", long(260))),
        ("Adobe secret", format!("p8{}-{}", "e", long(32))),
        ("Alibaba key", format!("LT{}{}", "AI", long(20))),
        ("Artifactory key", format!("AK{}{}", "Cp", long(69))),
        ("Artifactory token", format!("cm{}{}", "Vmd", long(59))),
        ("Atlassian token", format!("ATA{}{}", "TT3", long(186))),
        ("AWS access key", format!("AK{}{}", "IA", up(16))),
        ("AWS Bedrock key", format!("AB{}{}", "SK", long(120))),
        ("Azure secret", format!("abc8{}{}", "Q~", long(33))),
        ("ClickHouse key", format!("4b{}{}", "1d", long(38))),
        ("Clojars token", format!("CLO{}_{}", "JARS", low(60))),
        ("Cloudflare key", format!("v1.0-{}-{}", low(24), low(146))),
        ("Databricks token", format!("da{}{}", "pi", low(32))),
        ("DigitalOcean token", format!("dop_{}_{}", "v1", low(64))),
        ("Docker token", format!("dckr_{}_{}", "pat", long(27))),
        ("Doppler token", format!("dp.{}.{}", "pt", long(43))),
        ("Duffel token", format!("duffel_{}_{}", "live", long(43))),
        (
            "Dynatrace token",
            format!("dt0{}.{}.{}", "c01", long(24), long(64)),
        ),
        ("EasyPost token", format!("EZ{}{}", "AK", long(54))),
        ("Facebook token", format!("EA{}{}", "AM", long(110))),
        (
            "Flutterwave key",
            format!("FLW{}-{}-X", "SECK_TEST", low(32)),
        ),
        ("Fly token", format!("fo{}_{}", "1", long(43))),
        ("Frame.io token", format!("fio-{}-{}", "u", long(64))),
        ("GitHub token", format!("gh{}_{}", "p", long(36))),
        ("GitHub token", format!("github{}_{}", "_pat", long(40))),
        ("GitLab token", format!("gl{}-{}", "pat", long(20))),
        ("Google key", format!("AI{}{}", "za", long(35))),
        ("Google OAuth secret", format!("GOC{}-{}", "SPX", long(28))),
        (
            "Grafana token",
            format!("gl{}_{}_{}", "sa", long(32), low(8)),
        ),
        (
            "Harness key",
            format!("pat.{}.{}.{}", long(22), long(24), long(20)),
        ),
        (
            "HashiCorp token",
            format!("{}.atlas{}.{}", long(14), "v1", long(64)),
        ),
        ("Heroku key", format!("HRKU-{}{}", "AA", long(58))),
        ("Hugging Face token", format!("hf{}{}", "_", letters(34))),
        ("Infracost key", format!("ic{}-{}", "o", long(32))),
        ("Linear key", format!("lin_{}_{}", "api", long(40))),
        ("Mailchimp key", format!("{}-us{}", low(32), 12)),
        ("Mailgun key", format!("ke{}-{}", "y", low(32))),
        ("Mapbox token", format!("sk.{}.{}", long(60), long(22))),
        ("New Relic key", format!("NR{}-{}", "AK", long(27))),
        ("Notion token", format!("ntn{}12345678901{}", "_", long(35))),
        ("npm token", format!("np{}_{}", "m", long(36))),
        ("Octopus key", format!("AP{}-{}", "I", up(26))),
        ("API key", format!("sk-{}-{}", "proj", long(40))),
        ("API key", format!("sk-{}-{}AA", "ant-api03", long(93))),
        ("Perplexity key", format!("ppl{}-{}", "x", long(48))),
        (
            "PlanetScale secret",
            format!("pscale_{}_{}", "tkn", long(40)),
        ),
        ("Postman key", format!("PM{}-{}-{}", "AK", low(24), low(34))),
        ("Prefect key", format!("pn{}_{}", "u", long(36))),
        ("Pulumi token", format!("pu{}-{}", "l", low(40))),
        ("PyPI token", format!("py{}-{}", "pi", long(80))),
        ("ReadMe key", format!("rd{}_{}", "me", low(70))),
        ("RubyGems key", format!("ruby{}_{}", "gems", low(48))),
        ("Scalingo token", format!("tk-{}-{}", "us", long(48))),
        ("SendGrid key", format!("SG.{}.{}", long(20), long(40))),
        (
            "Brevo key",
            format!("xkey{}-{}-{}", "sib", low(64), long(16)),
        ),
        ("Sentry token", format!("sntry{}_{}", "u", low(64))),
        ("Shippo token", format!("shippo_{}_{}", "live", low(40))),
        ("Shopify token", format!("shp{}_{}", "at", low(32))),
        ("Slack token", format!("xox{}-{}", "b", long(40))),
        ("Sourcegraph token", format!("sg{}_{}", "p", low(40))),
        ("Square token", format!("sq0{}-{}", "atp", long(22))),
        ("Stripe key", format!("sk_{}_{}", "live", long(30))),
        ("Telegram token", format!("123456789:A{}", long(34))),
        ("Twilio key", format!("S{}{}", "K", low(32))),
        ("Vault token", format!("hv{}.{}", "s", long(95))),
        ("Yandex key", format!("AQ{}{}", "VN", long(36))),
        (
            "JSON Web Token",
            format!("ey{}.ey{}.{}", long(20), long(20), long(30)),
        ),
    ];
    all.extend(whole.map(|(name, secret)| (name, secret, "")));
    all
}
