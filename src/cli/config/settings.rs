//! The settings: their names in each layer, what they may be, and their defaults.

use super::files::{FileSettings, storage_url};
use super::layers::{Found, Layers};
use crate::cli::log::{Format, Level};
use crate::cli::mail::Smtp;
use clap::Args;
use masthead_api::{ApiOptions, Listen, Network, Origin, PublicUrl, RateLimits, Secret};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

/// A setting's names: its key in the file (and, with dashes, its flag), and its variables, the first that is set
/// wins.
pub struct Setting {
    pub key: &'static str,
    pub variables: &'static [&'static str],
    /// May stand in a file that `…_FILE` names, and is never repeated in a message.
    pub secret: bool,
    /// Several values: separated by commas, in the file a list as well.
    pub list: bool,
}

const fn setting(key: &'static str, variables: &'static [&'static str]) -> Setting {
    Setting { key, variables, secret: false, list: false }
}

const fn secret(key: &'static str, variables: &'static [&'static str]) -> Setting {
    Setting { key, variables, secret: true, list: false }
}

const fn list(key: &'static str, variables: &'static [&'static str]) -> Setting {
    Setting { key, variables, secret: false, list: true }
}

pub const SETTINGS: &[Setting] = &[
    setting("data_dir", &["MASTHEAD_DATA_DIR"]),
    secret("database_url", &["MASTHEAD_DATABASE_URL", "DATABASE_URL"]),
    setting("listen", &["MASTHEAD_LISTEN", "PORT"]),
    setting("public_url", &["MASTHEAD_PUBLIC_URL"]),
    list("trusted_proxies", &["MASTHEAD_TRUSTED_PROXIES"]),
    list("allowed_hosts", &["MASTHEAD_ALLOWED_HOSTS"]),
    list("cors_origins", &["MASTHEAD_CORS_ORIGINS"]),
    secret("smtp_url", &["MASTHEAD_SMTP_URL"]),
    setting("mail_from", &["MASTHEAD_MAIL_FROM"]),
    setting("rate_limit_reads", &["MASTHEAD_RATE_LIMIT_READS"]),
    setting("rate_limit_writes", &["MASTHEAD_RATE_LIMIT_WRITES"]),
    setting("rate_limit_public_creates", &["MASTHEAD_RATE_LIMIT_PUBLIC_CREATES"]),
    secret("metrics_token", &["MASTHEAD_METRICS_TOKEN"]),
    setting("autosave_days", &["MASTHEAD_AUTOSAVE_DAYS"]),
    setting("event_days", &["MASTHEAD_EVENT_DAYS"]),
    setting("delivery_cache_bytes", &["MASTHEAD_DELIVERY_CACHE_BYTES"]),
    setting("max_page_size", &["MASTHEAD_MAX_PAGE_SIZE"]),
    setting("storage_url", &["MASTHEAD_STORAGE_URL"]),
    setting("upload_max_bytes", &["MASTHEAD_UPLOAD_MAX_BYTES"]),
    list("upload_kinds", &["MASTHEAD_UPLOAD_KINDS"]),
    list("image_widths", &["MASTHEAD_IMAGE_WIDTHS"]),
    list("image_formats", &["MASTHEAD_IMAGE_FORMATS"]),
    setting("image_max_pixels", &["MASTHEAD_IMAGE_MAX_PIXELS"]),
    setting("media_url", &["MASTHEAD_MEDIA_URL"]),
    setting("keep_location", &["MASTHEAD_KEEP_LOCATION"]),
    setting("log_level", &["MASTHEAD_LOG_LEVEL"]),
    setting("log_format", &["MASTHEAD_LOG_FORMAT"]),
];

/// The options of every command. Texts, so that one place judges values from all layers.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of every command")]
pub struct Flags {
    /// Configuration file [MASTHEAD_CONFIG; default: masthead.toml in the working directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the data [MASTHEAD_DATA_DIR; default: masthead-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// postgres://…, or a SQLite file [MASTHEAD_DATABASE_URL, DATABASE_URL; default: masthead.db in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Address to serve on [MASTHEAD_LISTEN, PORT; default: localhost:8420, which is 127.0.0.1 and ::1]
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where browsers find it, perhaps below a path: https://example.org/cms [MASTHEAD_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// Proxies that are believed about the client, as networks: 10.0.0.0/8,::1 [MASTHEAD_TRUSTED_PROXIES]
    #[arg(long, global = true, value_name = "NETWORKS", hide_short_help = true)]
    trusted_proxies: Option<String>,
    /// Further names to answer to, with commas between them [MASTHEAD_ALLOWED_HOSTS]
    #[arg(long, global = true, value_name = "NAMES", hide_short_help = true)]
    allowed_hosts: Option<String>,
    /// Origins of pages that may write content, or * for any: https://www.example.org [MASTHEAD_CORS_ORIGINS]
    #[arg(long, global = true, value_name = "ORIGINS", hide_short_help = true)]
    cors_origins: Option<String>,
    /// Mail server for invitations: smtps://user:password@host, smtp://host:25 [MASTHEAD_SMTP_URL]
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    smtp_url: Option<String>,
    /// Who mail comes from: cms@example.org, or 'The site <cms@example.org>' [MASTHEAD_MAIL_FROM]
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    mail_from: Option<String>,
    /// Reads a minute by one address or token, 0 for any number [MASTHEAD_RATE_LIMIT_READS; default: 0]
    #[arg(long, global = true, value_name = "REQUESTS", hide_short_help = true)]
    rate_limit_reads: Option<String>,
    /// Writes a minute by one address or token, 0 for any number [MASTHEAD_RATE_LIMIT_WRITES; default: 6000]
    #[arg(long, global = true, value_name = "REQUESTS", hide_short_help = true)]
    rate_limit_writes: Option<String>,
    /// Creates a minute by one address without a token, 0 for any number [MASTHEAD_RATE_LIMIT_PUBLIC_CREATES; default: 10]
    #[arg(long, global = true, value_name = "REQUESTS", hide_short_help = true)]
    rate_limit_public_creates: Option<String>,
    /// Opens /metrics, of 16 characters or more; better in the environment [MASTHEAD_METRICS_TOKEN]
    #[arg(long, global = true, value_name = "TOKEN", hide_short_help = true)]
    metrics_token: Option<String>,
    /// Thin autosaves after so many days; published versions are kept [MASTHEAD_AUTOSAVE_DAYS; default: 30]
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    autosave_days: Option<String>,
    /// Keep events for so many days, at least 30 [MASTHEAD_EVENT_DAYS; default: 30]
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    event_days: Option<String>,
    /// Memory for answers that are kept ready, 0 for none [MASTHEAD_DELIVERY_CACHE_BYTES; default: 67108864]
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    delivery_cache_bytes: Option<String>,
    /// Largest page of a list, up to 1000 [MASTHEAD_MAX_PAGE_SIZE; default: 100]
    #[arg(long, global = true, value_name = "DOCUMENTS", hide_short_help = true)]
    max_page_size: Option<String>,
    /// Where files are kept: a folder, file://…, s3://bucket/prefix, gs://…, az://… [MASTHEAD_STORAGE_URL; default: media in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    storage_url: Option<String>,
    /// Largest file that is taken [MASTHEAD_UPLOAD_MAX_BYTES; default: 10737418240]
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    upload_max_bytes: Option<String>,
    /// Kinds of files that are taken: image,video,audio,file [MASTHEAD_UPLOAD_KINDS; default: all]
    #[arg(long, global = true, value_name = "KINDS", hide_short_help = true)]
    upload_kinds: Option<String>,
    /// Widths of pictures that anybody may ask for [MASTHEAD_IMAGE_WIDTHS; default: those of Next.js and Astro]
    #[arg(long, global = true, value_name = "PIXELS", hide_short_help = true)]
    image_widths: Option<String>,
    /// Further ready-made pictures of every file: square:w=400&h=400,hero:w=1600&h=900&format=webp [MASTHEAD_IMAGE_FORMATS]
    #[arg(long, global = true, value_name = "FORMATS", hide_short_help = true)]
    image_formats: Option<String>,
    /// Largest picture, width × height [MASTHEAD_IMAGE_MAX_PIXELS; default: 100000000]
    #[arg(long, global = true, value_name = "PIXELS", hide_short_help = true)]
    image_max_pixels: Option<String>,
    /// What addresses of files begin with, for a CDN [MASTHEAD_MEDIA_URL; default: public_url]
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    media_url: Option<String>,
    /// Whether photographs keep the place where they were taken: true or false [MASTHEAD_KEEP_LOCATION; default: false]
    #[arg(long, global = true, value_name = "BOOL", hide_short_help = true)]
    keep_location: Option<String>,
    /// off, error, warn, info, debug, trace [MASTHEAD_LOG_LEVEL; default: info for serve, else warn]
    #[arg(long, global = true, value_name = "LEVEL", hide_short_help = true)]
    log_level: Option<String>,
    /// auto (for people on a terminal, else JSON), text, json [MASTHEAD_LOG_FORMAT; default: auto]
    #[arg(long, global = true, value_name = "FORMAT", hide_short_help = true)]
    log_format: Option<String>,
}

impl Flags {
    /// Setting → value, of those that were given.
    pub fn given(&self) -> BTreeMap<&'static str, String> {
        let all = [
            ("data_dir", &self.data_dir),
            ("database_url", &self.database_url),
            ("listen", &self.listen),
            ("public_url", &self.public_url),
            ("trusted_proxies", &self.trusted_proxies),
            ("allowed_hosts", &self.allowed_hosts),
            ("cors_origins", &self.cors_origins),
            ("smtp_url", &self.smtp_url),
            ("mail_from", &self.mail_from),
            ("rate_limit_reads", &self.rate_limit_reads),
            ("rate_limit_writes", &self.rate_limit_writes),
            ("rate_limit_public_creates", &self.rate_limit_public_creates),
            ("metrics_token", &self.metrics_token),
            ("autosave_days", &self.autosave_days),
            ("event_days", &self.event_days),
            ("delivery_cache_bytes", &self.delivery_cache_bytes),
            ("max_page_size", &self.max_page_size),
            ("storage_url", &self.storage_url),
            ("upload_max_bytes", &self.upload_max_bytes),
            ("upload_kinds", &self.upload_kinds),
            ("image_widths", &self.image_widths),
            ("image_formats", &self.image_formats),
            ("image_max_pixels", &self.image_max_pixels),
            ("media_url", &self.media_url),
            ("keep_location", &self.keep_location),
            ("log_level", &self.log_level),
            ("log_format", &self.log_format),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value.clone()?))).collect()
    }
}

/// How this process runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub data_dir: PathBuf,
    /// May hold a password.
    pub database_url: String,
    pub listen: Listen,
    pub public_url: Option<PublicUrl>,
    pub trusted_proxies: Vec<Network>,
    pub allowed_hosts: Vec<String>,
    pub cors_origins: Vec<Origin>,
    pub mail: Option<Smtp>,
    pub rate_limits: RateLimits,
    pub metrics_token: Option<Secret>,
    /// Days.
    pub autosave_days: i64,
    /// Days.
    pub event_days: i64,
    pub delivery_cache_bytes: u64,
    /// Documents.
    pub max_page_size: u32,
    /// Where files are kept; a folder in the data folder when none.
    pub storage_url: Option<String>,
    pub files: FileSettings,
    /// By command when none is given.
    pub log_level: Option<Level>,
    pub log_format: Format,
}

impl Config {
    pub fn from_layers(layers: &Layers<'_>) -> Result<Self, String> {
        let default = masthead_core::Settings::default();
        let data_dir =
            PathBuf::from(read(layers, "data_dir", not_empty)?.unwrap_or_else(|| "masthead-data".to_owned()));
        let database_url = match read(layers, "database_url", database_url)? {
            Some(url) => url,
            None => {
                let file = data_dir.join("masthead.db");
                file.to_str().ok_or("the data folder's name is not UTF-8")?.to_owned()
            }
        };
        Ok(Self {
            data_dir,
            database_url,
            listen: read(layers, "listen", listen)?.unwrap_or_else(|| Listen::localhost(8420)),
            public_url: read(layers, "public_url", |f| f.value.parse())?,
            trusted_proxies: read(layers, "trusted_proxies", several)?.unwrap_or_default(),
            allowed_hosts: read(layers, "allowed_hosts", hosts)?.unwrap_or_default(),
            cors_origins: read(layers, "cors_origins", several)?.unwrap_or_default(),
            mail: smtp(layers)?,
            rate_limits: rate_limits(layers)?,
            metrics_token: read(layers, "metrics_token", metrics_token)?,
            autosave_days: read(layers, "autosave_days", |f| number(f, 0..=36_500))?.unwrap_or(default.autosave_days),
            event_days: read(layers, "event_days", |f| number(f, 30..=36_500))?.unwrap_or(default.event_days),
            delivery_cache_bytes: read(layers, "delivery_cache_bytes", |f| number(f, 0..=1 << 40))?
                .unwrap_or(default.delivery_cache_bytes),
            max_page_size: read(layers, "max_page_size", |f| number(f, 1..=1000))?.unwrap_or(default.max_page_size),
            storage_url: read(layers, "storage_url", storage_url)?,
            files: FileSettings::from_layers(layers)?,
            log_level: read(layers, "log_level", |f| f.value.parse())?,
            log_format: read(layers, "log_format", |f| f.value.parse())?.unwrap_or_default(),
        })
    }

    /// What the doors need to know.
    pub fn api_options(&self) -> ApiOptions {
        ApiOptions {
            public_url: self.public_url.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            allowed_hosts: self.allowed_hosts.clone(),
            cors_origins: self.cors_origins.clone(),
            rate_limits: self.rate_limits,
            metrics_token: self.metrics_token.clone(),
            ..ApiOptions::default()
        }
    }

    /// What links for browsers begin with, for a command that runs beside the server.
    pub fn base_url(&self) -> String {
        self.public_url.as_ref().map_or_else(|| self.listen.url(), ToString::to_string)
    }

    /// The database's file, when it is one.
    pub fn database_file(&self) -> Option<PathBuf> {
        let url = &self.database_url;
        match url.split_once("://") {
            Some(("sqlite", path)) => Some(path.into()),
            Some(_) => None,
            None => Some(url.into()),
        }
    }
}

/// A setting's value; `parse` says what it must be when it is not.
pub(super) fn read<T>(
    layers: &Layers<'_>,
    key: &str,
    parse: impl FnOnce(&Found) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let Some(setting) = SETTINGS.iter().find(|s| s.key == key) else { return Ok(None) };
    let Some(found) = layers.find(setting)? else { return Ok(None) };
    parse(&found).map(Some).map_err(|wanted| {
        let given = if setting.secret { String::new() } else { format!(", not '{}'", found.value) };
        format!("{key} must be {wanted}{given} (from {})", found.origin)
    })
}

/// Both of the settings for mail, or neither.
fn smtp(layers: &Layers<'_>) -> Result<Option<Smtp>, String> {
    let url = read(layers, "smtp_url", |f| Ok(f.value.clone()))?;
    let from = read(layers, "mail_from", |f| Ok(f.value.clone()))?;
    match (url, from) {
        (Some(url), Some(from)) => Smtp::new(&url, &from).map(Some),
        (Some(_), None) => Err("smtp_url needs mail_from too: the address that mail comes from".to_owned()),
        (None, _) => Ok(None),
    }
}

fn not_empty(found: &Found) -> Result<String, String> {
    if found.value.is_empty() { Err("the name of a folder".to_owned()) } else { Ok(found.value.clone()) }
}

fn database_url(found: &Found) -> Result<String, String> {
    let scheme = found.value.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        _ if found.value.is_empty() => Err("postgres://…, sqlite://… or a file".to_owned()),
        None | Some("postgres" | "postgresql" | "sqlite") => Ok(found.value.clone()),
        Some(_) => Err("postgres://…, sqlite://… or a file".to_owned()),
    }
}

fn listen(found: &Found) -> Result<Listen, String> {
    let only_port = matches!(&found.origin, super::layers::Origin::Environment(name) if name == "PORT");
    if only_port {
        return found.value.parse().map(Listen::localhost).map_err(|_| "a port, 0 to 65535".to_owned());
    }
    found.value.parse().map_err(|_| "host:port, e.g. localhost:8420 or 0.0.0.0:8420".to_owned())
}

fn rate_limits(layers: &Layers<'_>) -> Result<RateLimits, String> {
    let default = RateLimits::default();
    let limit = |key, otherwise| Ok::<_, String>(read(layers, key, |f| number(f, 0..=1_000_000))?.unwrap_or(otherwise));
    Ok(RateLimits {
        reads: limit("rate_limit_reads", default.reads)?,
        writes: limit("rate_limit_writes", default.writes)?,
        public_creates: limit("rate_limit_public_creates", default.public_creates)?,
    })
}

fn metrics_token(found: &Found) -> Result<Secret, String> {
    let fits = found.value.len() >= 16 && found.value.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(Secret(found.value.clone())) } else { Err("16 or more characters without spaces".to_owned()) }
}

/// The values of a list.
fn several<T: FromStr<Err = String>>(found: &Found) -> Result<Vec<T>, String> {
    found.value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::parse).collect()
}

fn hosts(found: &Found) -> Result<Vec<String>, String> {
    let hosts = found.value.split(',').map(str::trim).filter(|one| !one.is_empty());
    let plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let hosts = hosts.map(|host| if plain(host) { Ok(host.to_owned()) } else { Err(()) });
    hosts.collect::<Result<_, ()>>().map_err(|()| "names like cms.example.org, without scheme and port".to_owned())
}

pub(super) fn number<N>(found: &Found, range: RangeInclusive<i64>) -> Result<N, String>
where
    N: TryFrom<i64>,
{
    let within = found.value.parse::<i64>().ok().filter(|n| range.contains(n));
    within
        .and_then(|n| N::try_from(n).ok())
        .ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
}
