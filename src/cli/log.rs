//! The log of the process, on standard error: for people on a terminal, as JSON elsewhere.

use std::io::IsTerminal;
use std::str::FromStr;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "off" => Self::Off,
            "error" => Self::Error,
            "warn" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "trace" => Self::Trace,
            _ => return Err("one of off, error, warn, info, debug, trace".to_owned()),
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people on a terminal, as JSON elsewhere.
    #[default]
    Auto,
    Human,
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "auto" => Self::Auto,
            "human" | "text" => Self::Human,
            "json" => Self::Json,
            _ => return Err("one of auto, text, json".to_owned()),
        })
    }
}

/// Start logging; what other crates have to say counts from warnings on.
pub fn start(level: Level, format: Format) {
    let (own, foreign) = match level {
        Level::Off => (LevelFilter::OFF, LevelFilter::OFF),
        Level::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        Level::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        Level::Info => (LevelFilter::INFO, LevelFilter::WARN),
        Level::Debug => (LevelFilter::DEBUG, LevelFilter::WARN),
        Level::Trace => (LevelFilter::TRACE, LevelFilter::INFO),
    };
    let terminal = std::io::stderr().is_terminal();
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        Format::Json => layer.json().flatten_event(true).boxed(),
        Format::Auto if !terminal => layer.json().flatten_event(true).boxed(),
        Format::Auto | Format::Human => layer.with_ansi(terminal).boxed(),
    };
    let filter = Targets::new().with_default(foreign).with_target("masthead", own);
    // Fails only where logging was started before.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
}
